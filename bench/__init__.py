"""Every published figure, as a command."""
