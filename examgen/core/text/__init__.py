"""What is written and how: letters, Thai, the fonts and marks of it, formulas."""
