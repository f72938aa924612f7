"""Built exams: their page, their figures, and the check of their package."""
