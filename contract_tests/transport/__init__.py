"""Exact bytes on a socket, and the budget that every request passes."""
