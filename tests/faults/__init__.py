"""Every fault that tests plan on real servers and processes, as one table with its figures: `make faults`."""
