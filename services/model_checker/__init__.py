"""Checks model files for the API, each in a limited process: nobody else reads or runs what was uploaded
before it is known to be sound. It needs neither Kafka, PostgreSQL nor the store.
"""
