"""What a request carries, as values: bodies by media type, parameters by style."""
