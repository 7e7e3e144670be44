"""What is told to others in events, and how commands travel as events, by major version."""
