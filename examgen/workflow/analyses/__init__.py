"""Analyses of scored runs and of response files."""
