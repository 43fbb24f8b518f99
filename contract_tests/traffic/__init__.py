"""Recorded exchanges, judged by the contract; nothing is sent."""
