"""Blind forms: options without their questions, for readers who say which they take for the key."""
