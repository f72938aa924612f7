"""A page of HTML with the files that it shows inside it."""

from __future__ import annotations

import base64
import mimetypes
import re
from collections.abc import Sequence
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from examgen.problems import Refused


def self_contained(html: str, folders: Sequence[Path]) -> str:
    """The page with the files of those folders that it shows inside it."""
    shown = re.compile(r"""(?<=src=["'])file:[^"']+|(?<=url\(["'])file:[^"']+""")
    return shown.sub(lambda found: _data_address(found[0], folders), html)


def _data_address(address: str, folders: Sequence[Path]) -> str:
    path = Path(url2pathname(urlsplit(unescape(address)).path)).resolve()
    if not any(path.is_relative_to(folder.resolve()) for folder in folders):
        raise Refused(f"a page asks for {address}, outside the folders that it may read")
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"
