"""Item response models by marginal maximum likelihood, as mirt in R estimates them."""
