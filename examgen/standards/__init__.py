"""Unit document → Unit: `read_unit` reads the published page of a unit of competency."""

from examgen.standards.reading import LineUse, Reading, read_unit

__all__ = ["LineUse", "Reading", "read_unit"]
