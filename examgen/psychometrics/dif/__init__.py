"""Differential item functioning: each method a module, what they share in `counts` and `screening`."""
