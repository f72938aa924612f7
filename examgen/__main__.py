"""`python -m examgen`."""

from examgen.commands import program

program()
