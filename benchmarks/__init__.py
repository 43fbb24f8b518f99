"""Speed, size and start of the mock beside other mock servers, measured in one run with one client on this machine."""
