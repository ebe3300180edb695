"""Umbra: shadow deployments of vision models on Kafka."""
