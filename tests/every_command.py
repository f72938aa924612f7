"""Every command of the command line by its words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from examgen.commands import commands
from examgen.commands.tree import COMMANDS, command


def every_command() -> Iterator[tuple[str, Any]]:
    for name, one in COMMANDS.items():
        if ":" in one.where:
            yield name, command(name)
            continue
        found = commands(name.split())
        for word in name.split():
            found = found.commands[word]
        yield name, found
