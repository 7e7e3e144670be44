"""Which technology stands behind which port, proven: `make conformance`."""
