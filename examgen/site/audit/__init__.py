"""The record of who did what, to which entries are only added."""
