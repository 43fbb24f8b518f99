"""State around the engine: requests' lives, sessions, stores."""
