"""The HTTP door: who knocks, what they may, what they are answered."""
