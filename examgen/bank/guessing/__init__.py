"""How well keys are found by the looks of options alone: the cues, the model of them, what to change."""
