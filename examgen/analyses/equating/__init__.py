"""Calibrations put on one scale: parameters read, linked, and the scale of a bank kept."""
