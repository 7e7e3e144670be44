"""What is counted, and how it is read: for those who watch over an installation."""
