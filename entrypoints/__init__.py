"""Thin ways in: translate, call, translate back."""
