"""Version 1 of the HTTP interface: what is sent, what is answered, and the catalogue of commands."""

from typing import Final

VERSION: Final = "1.1.0"
"""Of the published document. The first number is the one in the paths; the second rises with every addition."""
