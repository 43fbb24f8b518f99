"""The verifier's own checks: which requests prove what, and how answers are judged.

`registry.py` lists the checks. The other modules either make cases from the contract (`accepted`, `bodies`,
`documents`, `identifiers`, `methods`, `order`, `tokens`) or judge answers (`shape`, `examples`, `leaks`, `uniqueness`).
"""
