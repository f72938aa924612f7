"""How many pages a PDF has."""

from __future__ import annotations

from pathlib import Path

import pikepdf

from examgen.core.problems import Refused
from examgen.core.words import tell


def page_count(path: Path) -> int:
    """Return the number of pages. Raises Refused if the file is not a readable PDF."""
    try:
        with pikepdf.open(path) as pdf:
            return len(pdf.pages)
    except pikepdf.PdfError as error:
        raise Refused(tell("{name} is not a PDF that can be read", name=path.name)) from error
