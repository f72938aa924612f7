"""Questions in spreadsheets, whatever their columns are called."""
