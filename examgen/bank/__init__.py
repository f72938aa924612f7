"""Item bank: a unit's folder → its standard, items and stimuli, with every fault found."""

from examgen.bank.coverage import Coverage, coverage
from examgen.bank.loading import ITEM_FOLDER, across_units, load_unit, media, unit_codes, unit_yaml

__all__ = [
    "ITEM_FOLDER",
    "Coverage",
    "across_units",
    "coverage",
    "load_unit",
    "media",
    "unit_codes",
    "unit_yaml",
]
