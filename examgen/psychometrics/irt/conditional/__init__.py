"""The Rasch model by conditional maximum likelihood, as eRm in R estimates it."""
