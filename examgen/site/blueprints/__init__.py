"""Blueprints: a form and the equivalent text, tried while it is edited, and built."""
