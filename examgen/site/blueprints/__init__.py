"""Blueprints: a form beside the text that it stands for, tried as one types, and built."""
