"""Classical test theory: statistics of items, options and totals, as psych and CTT in R compute them."""
