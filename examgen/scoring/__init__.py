"""Marks and key → what candidates earned, and what that says of them and of each performance criterion.

All comparisons with a cut are exact: a percentage is turned into the least number of points that
meets it by rational arithmetic, and printed percentages are rounded half up from integers.
"""
