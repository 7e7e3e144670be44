"""Adapters that tell others what happens here."""
