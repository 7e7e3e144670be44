"""GS1 EPCIS 2.0: events of a supply chain, as our commands."""
