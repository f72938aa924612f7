"""Templates: looked up, sandboxed, filled within bounds of time and memory."""
