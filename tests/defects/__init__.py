"""How much a verifier finds: a conforming console, copies of it with one seeded defect each, and the measurement."""
