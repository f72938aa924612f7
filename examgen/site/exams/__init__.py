"""Exams that have been built: what each is, its figures, whether its package is as it was written."""
