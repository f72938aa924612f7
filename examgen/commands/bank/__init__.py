"""`examgen bank …`: one module for each room of commands on the bank."""
