"""Whom a run verifies: address and consent, identity and credentials, which contract and how much of it."""
