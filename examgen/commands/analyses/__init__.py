"""`examgen analyse …`: one module for each room of analyses."""
