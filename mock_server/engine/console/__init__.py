"""What the recorded Rainbond console does beyond its contract."""
