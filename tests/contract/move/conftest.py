"""Servers' databases that a ledger moves from and to."""

from entrypoints.conformance.scratch_servers import scratch_databases_are_dropped

__all__ = ["scratch_databases_are_dropped"]
