"""Search: copies of what the ledger and the registers hold, made to be looked through; nothing is decided from them."""
