"""What people read of a scored run, made, coded and verified."""
