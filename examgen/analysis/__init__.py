"""Statistics of administrations and of files: exams, scores and responses → results of `stats`, as shown."""
