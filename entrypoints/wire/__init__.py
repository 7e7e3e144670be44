"""From the published forms to the application's, and back: the same for every door."""
