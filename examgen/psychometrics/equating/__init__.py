"""Item parameters of two calibrations → one ability scale, items that drift, scores by the model."""
