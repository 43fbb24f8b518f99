"""How settings are declared, read and told: the same for both commands."""
