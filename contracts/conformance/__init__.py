"""The suites that an adapter inherits to show that it keeps what a port promises (extra `entrepot[conformance]`)."""
