"""Printed answer sheets → filled as people fill them, scanned as scanners and phones do, with the truth."""
