"""People, and the roles that they have been given."""
