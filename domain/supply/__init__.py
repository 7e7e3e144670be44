"""Supply goods (供货): which goods can stand for what a buyer sees, in which mode, from whom."""
