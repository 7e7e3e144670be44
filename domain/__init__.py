"""What is true of goods, places and promises: standard library only, no I/O, no clock, no randomness."""
