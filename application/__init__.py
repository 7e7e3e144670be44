"""Use cases and the ports they need: one file per command, query or reaction."""
