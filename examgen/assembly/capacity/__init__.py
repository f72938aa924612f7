"""How many forms a bank supports, and what to write for more."""
