"""Forms put on one scale: their scores read, equated, and the conversion written for scoring."""
