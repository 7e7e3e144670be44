"""The use cases of warehouse: one file a command or query."""
