"""The same requests to two servers, and where their answers differ."""
