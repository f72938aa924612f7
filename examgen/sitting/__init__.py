"""The record of a sitting in the package of its exam: what came in, who came, what was decided."""
