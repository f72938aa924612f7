"""The standard against what papers asked of it and what cohorts showed."""
