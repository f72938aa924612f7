"""The technical report of an administration: the basis of its results, and their precision."""
