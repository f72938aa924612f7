"""examgen: exams from competency standards, and results per performance criterion."""

__version__ = "0.2.0"
