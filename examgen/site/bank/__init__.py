"""Pages of the item bank: finding, writing, checking and reviewing items, and exchanging files."""
