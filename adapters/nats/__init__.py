"""NATS JetStream: the channels of a broker, each a stream."""
