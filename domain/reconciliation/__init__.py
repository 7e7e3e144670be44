"""Reconciliation (对账): the proof that the ledger agrees with itself, and the seal on what agreed."""
