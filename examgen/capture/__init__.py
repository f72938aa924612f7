"""Answer files → rows: what candidates marked, and what could not be read.

Structure is recognised from the content and said back; row faults go to quarantine word for
word; a file that is not an answer file is refused. `docs/` and `QUARANTINE_REASONS` say the rules.
"""
