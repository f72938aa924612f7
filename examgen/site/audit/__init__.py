"""The record of who did what: only ever added to, each line bound to the one before by its hash."""
