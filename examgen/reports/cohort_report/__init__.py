"""How a cohort did."""
