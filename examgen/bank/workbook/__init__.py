"""A unit's items in a spreadsheet: written for item writers, read back, compared with the bank."""
