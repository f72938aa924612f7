"""Item bank: a unit's folder → its standard, items and stimuli, with every fault found."""

from examgen.bank.coverage import Coverage, Holding, coverage, holdings, untested_levels
from examgen.bank.finding import Sought, find, ids_written
from examgen.bank.loading import (
    ITEM_FOLDER,
    across_units,
    has_units,
    load_standard,
    load_unit,
    media,
    unit_codes,
    unit_yaml,
)
from examgen.bank.statistics import COLUMNS as STATISTICS_COLUMNS
from examgen.bank.statistics import (
    DATE_UNKNOWN,
    STATISTICS_FILE,
    SYNTHETIC,
    Exposure,
    Statistic,
    evidence,
    exposure,
    facility,
    history,
    read_statistics,
    scales,
    stand_ins,
)
from examgen.bank.statistics_writing import with_lines

__all__ = [
    "DATE_UNKNOWN",
    "ITEM_FOLDER",
    "STATISTICS_COLUMNS",
    "STATISTICS_FILE",
    "SYNTHETIC",
    "Coverage",
    "Exposure",
    "Holding",
    "Sought",
    "Statistic",
    "across_units",
    "coverage",
    "evidence",
    "exposure",
    "facility",
    "find",
    "has_units",
    "history",
    "holdings",
    "ids_written",
    "load_standard",
    "load_unit",
    "media",
    "read_statistics",
    "scales",
    "stand_ins",
    "unit_codes",
    "unit_yaml",
    "untested_levels",
    "with_lines",
]
