"""The command line: `entrepot …`. Thin: it reads arguments, calls a use case, shows the answer."""
