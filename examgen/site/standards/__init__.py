"""Units of competency on pages: documents read and looked at beside their text, editions, differences."""
