"""Item bank: unit documents, items, rules, reviews, item models; every fault found, with file and line."""
