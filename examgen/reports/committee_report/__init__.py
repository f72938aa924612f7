"""Book and list that a committee reads and signs."""
