"""A form for each candidate: linear-on-the-fly assembly by exchanges that keep every constraint."""
