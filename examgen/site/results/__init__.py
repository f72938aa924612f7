"""Results of the released run: reports with their tables, candidates, the analysis of items, and exports."""
