"""Reports for single candidates."""
