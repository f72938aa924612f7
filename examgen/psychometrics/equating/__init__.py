"""Item parameters of two calibrations → one ability scale, items that drift, and scores equated by the model."""
