"""Speed and start-up of the fake beside other mock servers, measured in one run with one client."""
