"""Adapters that keep everything in this process: real isolation, real rollback, nothing on disk."""
