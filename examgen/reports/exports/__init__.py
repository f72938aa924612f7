"""A scored run → files for other programs and bodies: the upload, responses."""
