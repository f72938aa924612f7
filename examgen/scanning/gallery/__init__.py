"""The folder of a scan → a page on which people decide doubtful marks, and their decisions on record."""
