"""The mock for tests: `MockConsole` and the pytest plugin."""
