"""Booklets: their parts are laid out once as blocks, then composed page by page."""
