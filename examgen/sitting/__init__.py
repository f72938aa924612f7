"""What is kept of a sitting beside its exam, as `score` takes it: answers, who came, what was decided."""
