"""Scans read, decided on, given back: what commands on scanned answer sheets do."""
