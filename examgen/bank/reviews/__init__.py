"""Statuses of items, and experts' ratings of them: rating forms, completed forms, congruence and cut
scores.
"""
