"""Adapters over RabbitMQ."""
