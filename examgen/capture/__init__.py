"""Answer files → rows: what candidates marked, and what could not be read.

The structure is recognised from the content and reported to the user; faulty rows are quarantined with their
original text; a file that is not an answer file is refused. `docs/` and `QUARANTINE_REASONS` state the rules.
"""
