"""The Rasch model without a population."""
