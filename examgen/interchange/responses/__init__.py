"""Responses of a scored run → files that programs of item analysis read; what they cannot hold is named."""
