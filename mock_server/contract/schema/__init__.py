"""Schemas: compiled, judged by, and sampled."""
