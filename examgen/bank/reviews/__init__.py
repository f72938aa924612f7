"""Statuses of items, and what experts rate of them: forms out, filled forms in, congruence."""
