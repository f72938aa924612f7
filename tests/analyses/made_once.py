"""A folder for what several tests of a module copy."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path


def kept_folder() -> Path:
    """A new folder, which goes when the tests end."""
    place = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return place
