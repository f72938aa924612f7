"""Item bank: unit documents, items, rules, reviews; every fault found, with file and line."""
