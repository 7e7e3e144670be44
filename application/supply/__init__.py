"""The use cases of supply: what is sold, and what can stand for it."""
