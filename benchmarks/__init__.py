"""Speed and start-up of the mock beside other mock servers, measured in one run with one client."""
