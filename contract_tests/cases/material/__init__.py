"""What cases are made of: texts, values, bodies."""
