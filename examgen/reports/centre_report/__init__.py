"""Comparison of centres and of forms."""
