"""Kafka: the channels of a broker, each a topic."""
