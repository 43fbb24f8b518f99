"""A mock Rainbond console: serves `spec/openapi.yaml` with deterministic, faithful answers."""

import warnings

# Connexion imports Starlette's test client, which nobody here uses and which complains about the HTTP client it finds.
warnings.filterwarnings("ignore", message="Using `httpx` with `starlette.testclient`")
