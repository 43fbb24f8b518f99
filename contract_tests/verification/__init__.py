"""One verification from start to end."""
