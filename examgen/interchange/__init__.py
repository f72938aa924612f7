"""Exchange of items with other programs: reads and writes question files, and lists what was left out."""
