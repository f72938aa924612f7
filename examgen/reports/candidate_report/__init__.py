"""Reports for single candidates, and the press that prints them by the thousand."""
