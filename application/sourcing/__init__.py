"""Sourcing: what can be promised, from where, and why."""
