"""Work that goes on beside the calls: publishing the outbox, firing deadlines, purging."""
