"""The record of a sitting in the package of its exam: files added, attendance, decisions."""
