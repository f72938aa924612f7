"""Why there are no forms, and the cheapest changes that would give them."""
