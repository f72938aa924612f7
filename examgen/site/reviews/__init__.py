"""Rounds of ratings: experts rate items individually, and the ratings of a closed round are recorded in the
bank."""
