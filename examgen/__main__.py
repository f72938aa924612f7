"""`python -m examgen`."""

from examgen.cli import program

program()
