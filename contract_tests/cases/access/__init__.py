"""Who asks, and for what: tokens and ids that are right, nearly right, and somebody else's."""
