"""Item bank: a unit's folder → its standard, items and stimuli, with every fault found."""
