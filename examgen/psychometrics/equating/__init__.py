"""Scores of one form → scores that mean the same on another: equating, and linking of ability scales."""
