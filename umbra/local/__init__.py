"""The whole system on this machine: embedded Kafka and PostgreSQL, every service, one supervisor."""
