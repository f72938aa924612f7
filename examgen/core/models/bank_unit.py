"""One unit of the bank as one value."""

from __future__ import annotations

from examgen.core.models.base import Model
from examgen.core.models.instrument import Instrument
from examgen.core.models.item import Evidence, Item, Stimulus
from examgen.core.models.levels import UnitLevels
from examgen.core.models.standard import Unit


class BankUnit(Model):
    """One unit of the bank: the standard, its items, its shared stimuli, what is known of its items, what its
    levels ask, where that is written down, and its instruments of other methods of assessment."""

    unit: Unit
    items: tuple[Item, ...]
    stimuli: tuple[Stimulus, ...] = ()
    evidence: dict[str, Evidence] = {}
    meanings: UnitLevels | None = None
    instruments: tuple[Instrument, ...] = ()
