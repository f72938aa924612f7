"""How far papers cover the standard, and how well cohorts met it."""
