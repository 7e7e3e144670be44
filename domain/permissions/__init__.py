"""Who may do what: keys, and the callers they speak for."""
