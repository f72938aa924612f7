"""Certificates: issued to candidates who met a unit, changed with a reason, listed and printed."""
