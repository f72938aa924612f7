"""What a centre fills in and sends back: a workbook, and sheets to be filled in by hand."""
