"""Pages of a sitting: attendance, answers, scoring, decisions on rows, corrections of the key, and
releases."""
