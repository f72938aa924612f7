"""The answer sheet: its identity, where everything on it stands, and its printing."""
