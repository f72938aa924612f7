"""How forms are printed: the order of items and of options, and the positions of right answers."""
