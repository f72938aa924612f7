"""What analyses found, in words: lines and tables that commands print and pages show."""
