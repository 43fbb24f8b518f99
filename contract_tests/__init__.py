"""The verifier: proves that a server keeps the contract, or shows the exact request it breaks it with."""
