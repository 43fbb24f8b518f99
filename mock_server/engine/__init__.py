"""What to answer a request: pure functions over frozen objects."""
