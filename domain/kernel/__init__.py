"""The ledger kernel: accounts of any kind, movements between buckets, reservations, and the overlay that decides."""
