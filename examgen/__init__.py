"""examgen: exams from competency standards, and results per performance criterion."""

__version__ = "0.2.0"
DISTRIBUTION = "examgen-certification"
"""The name under which package indexes have examgen: `examgen` itself is somebody else's there."""
