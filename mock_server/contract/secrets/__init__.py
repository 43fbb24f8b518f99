"""What is a secret, by its name and in a text."""
