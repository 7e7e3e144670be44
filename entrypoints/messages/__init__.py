"""Commands that come as CloudEvents, over a channel or by HTTP: understood, handled, answered."""
