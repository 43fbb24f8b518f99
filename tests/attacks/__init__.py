"""`make attack`: what hostile clients, documents and targets can do to others; see docs/security.md."""
