"""Packages from outside are not part of this tree's tests: they are installed into an environment of their own."""

collect_ignore = ["spool"]
