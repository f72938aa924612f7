"""What `scripts/site-chain` is made of: hands at browsers, eyes on pages, and the steps of the chain."""
