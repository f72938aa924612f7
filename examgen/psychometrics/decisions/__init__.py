"""Pass or fail once more on a parallel form, and by the true score: how often decisions agree."""
