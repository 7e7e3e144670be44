"""Version 1 of the events: their data, and the CloudEvents 1.0 envelope they travel in."""

from typing import Final

VERSION: Final = "1.1.0"
"""Of the published document. The first number is the one in the types; the second rises with every addition."""
