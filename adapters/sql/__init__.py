"""The ledger, its queries and the outbox in a relational database, by SQLAlchemy Core."""
