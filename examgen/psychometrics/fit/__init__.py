"""How well items, pairs of items, persons and whole models fit."""
