"""What is measured beside the mock and has no command of its own."""
