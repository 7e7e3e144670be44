"""The console: pages in a browser for people on call."""
