"""The folder of a scan → a page on which people decide doubtful marks, and the record of their decisions."""
