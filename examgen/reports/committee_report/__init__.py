"""What a committee has before it when it signs the results."""
