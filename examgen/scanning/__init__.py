"""Scanned answer sheets → what was marked on them, known by their sheet.json alone."""
