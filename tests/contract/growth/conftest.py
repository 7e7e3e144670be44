"""The databases of servers that are lent to these tests are dropped when all are done."""

from entrypoints.conformance.scratch_servers import scratch_databases_are_dropped

__all__ = ["scratch_databases_are_dropped"]
