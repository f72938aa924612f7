"""Units of competency on pages: importing documents after comparing them with what was read, editions,
differences."""
