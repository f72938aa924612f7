"""A scoring: answer files cut into parts, read, settled, scored and written by worker processes."""
