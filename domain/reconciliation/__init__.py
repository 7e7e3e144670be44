"""Reconciliation (对账): the proof that the books agree, and the seal on what agreed."""
