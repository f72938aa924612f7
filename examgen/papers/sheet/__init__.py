"""The answer sheet: its identity, the position of everything on it, and its printing."""
