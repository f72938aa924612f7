"""What a body holds of a person: where it is, what the person is given, how it is erased, and when."""
