"""Exams and scored runs, written for other programs."""
