"""Reads questions from spreadsheets with columns of any name."""
