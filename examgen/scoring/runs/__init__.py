"""Scored runs: read, compared, released, and what people decided about them."""
