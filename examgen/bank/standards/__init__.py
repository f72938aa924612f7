"""Unit document → Unit: `read_unit` reads the published page of a unit of competency."""
