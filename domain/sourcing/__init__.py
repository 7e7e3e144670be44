"""Sourcing (寻源): demand and candidates become a promise: legs, splits, and why the others lost."""
