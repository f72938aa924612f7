"""Answers that two candidates share beyond chance: ω, GBT, K-index, M4; a signal, never a verdict."""
