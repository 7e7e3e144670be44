"""Reconciliation: audit the ledger, close its periods, purge what nobody needs any more."""
