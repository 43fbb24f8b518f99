"""What the mock was asked and what it answered."""
