"""Answers of an exam → a scored run: points, criteria, corrections, repeats, releases.

All comparisons with a cut are exact: a percentage is turned into the least number of points that
meets it by rational arithmetic, and printed percentages are rounded half up from integers.
"""
