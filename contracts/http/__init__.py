"""The HTTP interface, by major version."""
