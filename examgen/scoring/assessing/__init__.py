"""What assessors rated of candidates → responses that are scored as marks are, and what is left to decide."""
