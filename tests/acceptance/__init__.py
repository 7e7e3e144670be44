"""`make acceptance`: real demand and published optima, against the planner as it is."""
