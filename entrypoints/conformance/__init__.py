"""The published suites, run against the configured installation: what `entrepot conformance` has pytest collect."""
