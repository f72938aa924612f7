"""Whether a part of a test has a score worth reporting, and the better estimate where it has not."""
