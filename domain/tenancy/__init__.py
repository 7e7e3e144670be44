"""Tenancy: business identities, and the policies that they select."""
