"""Analyses of scored runs and of response files: read, computed, told as values and tables."""
