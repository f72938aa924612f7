"""A unit's items in a spreadsheet: written for item authors, read back, and compared with the bank."""
