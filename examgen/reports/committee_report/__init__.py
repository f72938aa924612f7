"""The book and the list that a committee reads and signs."""
