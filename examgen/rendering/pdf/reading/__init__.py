"""PDF files of ours → their pages as pictures, and the words of their notes."""
