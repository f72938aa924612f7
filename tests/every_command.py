"""Every command of the command line by its words."""

from __future__ import annotations

from collections.abc import Iterator

import click

from examgen.commands.tree import COMMANDS, command


def every_command() -> Iterator[tuple[str, click.Command]]:
    for name in COMMANDS:
        yield name, command(name)
