"""Version 1 of the events: their data, and the CloudEvents 1.0 envelope they travel in."""
