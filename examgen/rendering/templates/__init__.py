"""Templates: looked up, filled in a process of little time and memory, sandboxed."""
