"""Warehouse: the nodes that goods leave from, where they deliver, and when."""
