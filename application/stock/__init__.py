"""The use cases of stock: one file a command or query."""
