"""What `rainbond-verify` does, one small module a command."""
