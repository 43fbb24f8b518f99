"""Deterministic requests, each with what it proves."""
