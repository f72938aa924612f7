"""Booklets: parts laid out once as blocks, composed page by page."""
