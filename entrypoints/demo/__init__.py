"""The demonstration: a year of real shopping, replayed through the real application."""
