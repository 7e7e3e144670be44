"""Stock: what lies where, what is promised of it, and what is on its way."""
