"""A scored run → files for other programs and bodies: badges, the upload, responses."""
