"""`examgen serve`, called as its command is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from examgen.commands import screen
from examgen.site.serving import Serve


def serve(workspace: Path, **options: Any) -> None:
    screen.show(Serve(workspace=workspace, **options).execute(screen.progress).shown)
