"""What every use case shares: the call, the command, group commit, the outbox and the ports of the ledger."""
