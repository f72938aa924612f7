"""Integrity signals: rows that a person should look at, never a verdict."""
