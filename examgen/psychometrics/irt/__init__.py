"""Item response models: parameters, curves, abilities, information."""
