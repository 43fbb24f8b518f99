"""From options to processes and connections that serve."""
