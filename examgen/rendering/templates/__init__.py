"""Templates: looked up, sandboxed, and filled within limits of time and memory."""
