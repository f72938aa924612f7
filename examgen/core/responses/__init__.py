"""Responses of candidates: rows in arrays, as a run keeps them, as analyses take them."""
