"""Our PDF files → their pages as pictures."""
