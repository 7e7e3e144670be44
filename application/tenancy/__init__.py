"""The use cases of tenancy: what holds for which business identity."""
