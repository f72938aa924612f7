"""Answers of an exam → a scored run: points, criteria, corrections, repeats, releases.

All comparisons with a cut are exact: a percentage is converted by rational arithmetic to the lowest number of
points that meets it, and printed percentages are rounded half up from integers.
"""
