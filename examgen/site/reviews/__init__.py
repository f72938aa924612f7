"""Rounds of review: experts rate items one by one, each alone; the ratings of a round go on record."""
