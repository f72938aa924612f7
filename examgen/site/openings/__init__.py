"""Secret files of an exam, which open only by two people: one asks with a reason, another one grants it."""
