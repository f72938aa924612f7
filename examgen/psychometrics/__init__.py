"""Scores → item and test statistics: pure numpy, knows nothing of files."""
