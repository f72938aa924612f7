"""Answers that two candidates share beyond chance: ω, GBT; a signal, never a verdict."""
