"""What everybody may ask without an account: whether a report or a certificate holds."""
