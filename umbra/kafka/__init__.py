"""Kafka: the only home of confluent_kafka."""
