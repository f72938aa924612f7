"""Exam and forms → booklets, answer sheets, key sheets, papers of exam rooms, and previews of items.

Candidate papers are made from `examgen.papers.candidate` alone, which holds no key.
"""
