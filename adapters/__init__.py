"""The outside technologies that answer the ports: one folder per technology."""
