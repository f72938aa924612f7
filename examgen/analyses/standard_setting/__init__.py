"""Standard settings: judgements in, cut scores with their errors out, and the cut as a file."""
