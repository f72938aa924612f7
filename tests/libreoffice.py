"""LibreOffice of this machine, for tests that open our workbooks in it."""

from __future__ import annotations

import functools
import shutil
import subprocess
import tempfile
from pathlib import Path


@functools.cache
def soffice_of_sheets() -> str | None:
    """LibreOffice, where it is there and opens a table: its core alone, without Calc, has no spreadsheets.

    A table of text is asked, never a workbook of ours: one that LibreOffice cannot open is a fault to find.
    """
    soffice = shutil.which("soffice")
    if soffice is None:
        return None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "asked.csv").write_text("a,b\n1,2\n", "utf-8")
        own = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        words = [soffice, own, "--headless", "--convert-to", "xlsx", "--outdir", name, "asked.csv"]
        subprocess.run(words, cwd=folder, capture_output=True, timeout=120, check=False)
        return soffice if (folder / "asked.xlsx").is_file() else None
