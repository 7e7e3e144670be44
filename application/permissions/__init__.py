"""Use cases of keys: making and ending them, knowing a caller by one, and how much each may ask."""
