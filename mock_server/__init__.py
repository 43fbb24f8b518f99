"""A fake Rainbond console: serves `spec/openapi.yaml` with deterministic, faithful answers."""
