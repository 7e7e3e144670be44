"""Search embedded in the process: one SQLite file, full text by FTS5, no server."""
