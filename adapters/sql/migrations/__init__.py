"""The revisions of the schema, oldest first; each release migrates the databases of every release before it."""
