"""Diagnostic classification: which attributes candidates have mastered, by the DINA and the G-DINA model."""
