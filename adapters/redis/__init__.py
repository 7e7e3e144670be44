"""Adapters over Redis, and over servers that speak its protocol."""
