"""How forms are printed: the order of items, of options, of right answers."""
