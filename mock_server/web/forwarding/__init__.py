"""Requests sent on to a real deployment."""
