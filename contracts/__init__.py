"""What is published to others: wire schemas, and the suites an adapter inherits."""
