"""Exam and forms → booklets, answer sheets, key sheets, papers for exam rooms, and previews of items.

Papers for candidates are made only from `examgen.papers.candidate`, which holds no key.
"""
