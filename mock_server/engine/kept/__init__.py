"""Kept resources: what a POST creates, the requests after it know."""
