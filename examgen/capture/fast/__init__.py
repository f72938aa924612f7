"""The rows of delimited tables whose bytes prove well formed: numpy on bytes, no text of Python."""
