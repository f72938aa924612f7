"""Results of the run that people are told: reports with their tables, candidates, exports, sittings."""
