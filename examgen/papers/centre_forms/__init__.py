"""Forms that a centre fills in and returns: a workbook, and sheets to fill in by hand."""
