"""Why there are no forms, and the cheapest changes that make them possible."""
