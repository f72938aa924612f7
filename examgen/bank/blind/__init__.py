"""Blind forms: options without their questions, for readers who choose the option that they think is
the key.
"""
