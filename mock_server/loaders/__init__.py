"""Reads the files that users write, and names every mistake in them with file and line."""
