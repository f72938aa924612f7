"""Where the shipped fonts of a report stand: a PDF reads them there, a page of HTML has them put into it."""

from __future__ import annotations

from examgen.resources import fonts

_WEIGHTS = {"400": "Regular", "700": "Bold"}


def face_addresses() -> dict[str, str]:
    """Weight → address of the Sarabun face as a file, for `@font-face`."""
    return {weight: (fonts() / f"Sarabun-{name}.ttf").as_uri() for weight, name in _WEIGHTS.items()}
