"""The shipped fonts as data addresses, so that a page of HTML needs no other file."""

from __future__ import annotations

import base64
from functools import cache

from examgen.resources import fonts

_WEIGHTS = {"400": "Regular", "700": "Bold"}


@cache
def embedded_faces() -> dict[str, str]:
    """Weight → address of the Sarabun face, for `@font-face`."""
    return {weight: _address(name) for weight, name in _WEIGHTS.items()}


def paper_faces() -> dict[str, str]:
    """Weight → address of the face as a file, for a page that is printed."""
    return {weight: (fonts() / f"Sarabun-{name}.ttf").as_uri() for weight, name in _WEIGHTS.items()}


def _address(name: str) -> str:
    data = (fonts() / f"Sarabun-{name}.ttf").read_bytes()
    return f"data:font/ttf;base64,{base64.b64encode(data).decode('ascii')}"
