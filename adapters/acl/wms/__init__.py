"""A warehouse management system: what it tells us, and what we ask of it."""
