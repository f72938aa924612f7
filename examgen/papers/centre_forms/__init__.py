"""Forms that a centre fills in and returns: a workbook, and sheets to be filled in by hand."""
