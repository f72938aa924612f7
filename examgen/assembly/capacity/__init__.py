"""How many forms a bank supports, and which items to write for more."""
