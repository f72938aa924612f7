"""The public page without an account: whether a report or a certificate is valid."""
