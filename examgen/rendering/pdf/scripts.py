"""A PDF file → whether it contains a script. No scanner writes one, and nothing of ours runs one."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

import pikepdf

_MOST_PAGES = 200
"""The number of pages whose own actions are checked. Scripts that run when a file is opened are found before
them."""


def has_script(path: Path) -> bool:
    """Return whether opening the file, or a page of it, would run a script; False if it cannot be
    determined."""
    try:
        with pikepdf.open(path) as pdf:
            root = pdf.Root
            names = root.get("/Names")
            if isinstance(names, pikepdf.Dictionary) and "/JavaScript" in names:
                return True
            if _runs(root.get("/OpenAction")) or _any_runs(root.get("/AA")):
                return True
            return any(_any_runs(page.obj.get("/AA")) for page in islice(pdf.pages, _MOST_PAGES))
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, RuntimeError):
        return False


def _any_runs(actions: Any) -> bool:
    return isinstance(actions, pikepdf.Dictionary) and any(_runs(one) for _, one in actions.items())


def _runs(action: Any) -> bool:
    return isinstance(action, pikepdf.Dictionary) and (
        action.get("/S") in ("/JavaScript", "/Launch") or "/JS" in action
    )
