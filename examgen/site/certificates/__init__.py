"""Certificates: issued to those who met a unit, changed with a reason, listed and printed."""
