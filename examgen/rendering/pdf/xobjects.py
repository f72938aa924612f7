"""A page as WeasyPrint drew it → a form XObject of a composer, in px with y down from its top left.

ISO 32000-1, 8.10. Only the resources that a drawing names go with it, its fonts are those that all
files of the composer share, and its text comes out as it went in (`text`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import pikepdf

from examgen.core.problems import Refused
from examgen.core.words import tell
from examgen.rendering.pdf.fonts import PdfFace
from examgen.rendering.pdf.store import ANYWHERE, Importer, Store, stream
from examgen.rendering.pdf.text import rewritten

_FRAME = re.compile(rb"1 0 0 -1 0 (\S+) cm\nq\n(\S+) 0 0 \S+ 0 0 cm\n(.*?)\s*Q\s*", re.DOTALL)
"""What stands around each page: the matrices that turn px from the top into points from the bottom."""

_LONG_SHIFT = re.compile(rb"(?<=[\[> ])(-?\d+\.\d{6})\d+(?=[<\]])")
"""A shift inside text finer than a millionth of the size."""

_DRAWN = re.compile(rb"/B(\d+) Do")

_NAME_ENDS = rb"(?![^\s/\[\]<>()])"

_MIXED = ("ColorSpace", "ExtGState", "Pattern", "Shading")
"""What mixes with what lies below it, or with where it stands."""

_KINDS = ("ColorSpace", "ExtGState", "Pattern", "Shading", "XObject")


class SharedFont(NamedTuple):
    """A font of the composer: its face, where its text is to be read, and its number in the store."""

    face: PdfFace | None
    name: str
    """What the drawings of the composer call it."""
    number: int


_Frame = tuple[float, float]
"""The height of a page and the length of a px, in points."""


class Bare(NamedTuple):
    """A drawing with the text on it, the faces it is set in, and what it places, by numbers in the store."""

    content: bytes
    text: str
    fonts: frozenset[str]
    numbers: frozenset[int]


class Forms:
    """Takes the drawings of one WeasyPrint file into a store; `fonts` by resource name."""

    def __init__(self, store: Store, importer: Importer, fonts: Mapping[str, SharedFont]) -> None:
        self._store = store
        self._importer = importer
        self._fonts = fonts
        self._said: list[str] = []
        self._faces = {name: font.face for name, font in fonts.items() if font.face}

    def form(self, page: Any) -> tuple[int, str]:
        """Number of a page's drawing as a form XObject, and the text on it."""
        content, new, frame = self._unframed(page)
        needs: list[int] = []
        resources = self._store.add(b"<<%b>>" % self._resources(content, page.Resources, needs, frame), needs)
        entries = b"/Subtype/Form/BBox%b/Resources %d 0 R" % (ANYWHERE, resources)
        return self._store.add(stream(entries, new), [resources]), "\n".join(self._said)

    def bare(self, page: Any) -> Bare:
        """A page's drawing as it stands in a content stream of ours, in px, named things by their numbers.

        Refused where it needs more than fonts, pictures and plain colours.
        """
        content, new, frame = self._unframed(page)
        held = page.Resources
        if any(_names(content, name) for kind in _MIXED for name in held.get(f"/{kind}", {})):
            raise Refused(tell("a part of a tagged page uses opacity or a gradient. Use plain colours."))
        numbers: list[int] = []
        for name, thing in sorted(held.get("/XObject", {}).items()):
            if _names(content, name):
                self._value(thing, numbers, frame)
                new = re.sub(re.escape(name.encode()) + _NAME_ENDS, b"/B%d" % numbers[-1], new)
        fonts = frozenset(font.name for font in self._fonts.values() if _names(new, f"/{font.name}"))
        return Bare(new, "\n".join(self._said), fonts, frozenset(numbers))

    def _unframed(self, page: Any) -> tuple[bytes, bytes, _Frame]:
        """A page's content without its frame, the same with its text readable, and the frame."""
        found = _FRAME.fullmatch(page.Contents.read_bytes())
        assert found, "WeasyPrint frames its pages otherwise than this module expects"
        content = _without_full_opacity(found[3], page.Resources)
        self._said = []
        return content, self._rewritten(content), (float(found[1]), float(found[2]))

    def part(self, content: bytes) -> int:
        """Number of a stretch of a bare drawing as a form XObject of its own."""
        fonts = {font.name: font.number for font in self._fonts.values() if _names(content, f"/{font.name}")}
        numbers = sorted({int(number) for number in _DRAWN.findall(content)})
        resources = b"".join(
            b"/%b<<%b>>" % (kind, b"".join(b"/%b %d 0 R" % (name.encode(), n) for name, n in named))
            for kind, named in (
                (b"Font", sorted(fonts.items())),
                (b"XObject", [(f"B{number}", number) for number in numbers]),
            )
            if named
        )
        entries = b"/Subtype/Form/BBox%b/Resources<<%b>>" % (ANYWHERE, resources)
        return self._store.add(stream(entries, content), [*fonts.values(), *numbers])

    def _rewritten(self, content: bytes) -> bytes:
        """The content with its text readable; the text is added to what was said."""
        content, text = rewritten(content, self._faces)
        self._said.append(text)
        return _LONG_SHIFT.sub(rb"\1", content)

    def _resources(self, content: bytes, held: Any, needs: list[int], frame: _Frame | None = None) -> bytes:
        """The entries of the resources that the content names; `frame` where it is a page's."""
        parts = {}
        for kind in _KINDS:
            used = {name: thing for name, thing in held.get(f"/{kind}", {}).items() if _names(content, name)}
            parts[kind] = [
                name.encode() + b" " + self._value(thing, needs, frame)
                for name, thing in sorted(used.items())
            ]
        fonts = {font for name, font in self._fonts.items() if _names(content, f"/{name}")}
        needs += [font.number for font in fonts]
        parts["Font"] = [
            f"/{font.name} {font.number} 0 R".encode() for font in sorted(fonts, key=lambda font: font.name)
        ]
        return b"".join(
            f"/{kind}<<".encode() + b"".join(entries) + b">>"
            for kind, entries in sorted(parts.items())
            if entries
        )

    def _value(self, thing: Any, needs: list[int], frame: _Frame | None) -> bytes:
        if isinstance(thing, pikepdf.Stream) and "/Resources" in thing:
            needs.append(self._nested(thing, frame))
            return b"%d 0 R" % needs[-1]
        if isinstance(thing, pikepdf.Dictionary) and isinstance(thing.get("/SMask"), pikepdf.Dictionary):
            self._importer.known_as(thing.SMask.G, self._nested(thing.SMask.G, None))
        return self._importer.written(thing, needs)

    def _nested(self, thing: Any, frame: _Frame | None) -> int:
        """Number of a form or pattern inside a drawing, its text rewritten as that of the page."""
        needs: list[int] = []
        others = sorted(thing.keys() - {"/Filter", "/Length", "/Matrix", "/Resources"})
        values = {key: self._importer.written(thing[key], needs) for key in others}
        if "/Matrix" in thing:
            matrix = [float(value) for value in thing.Matrix]
            if frame:
                # on a page it leads to points from the bottom, in a form to px (8.7.3.1)
                height, scale = frame
                a, b, c, d, e, f = (value / scale for value in matrix)
                matrix = [a, -b, c, -d, e, height / scale - f]
            values["/Matrix"] = f"[{' '.join(f'{value:.6f}' for value in matrix)}]".encode()
        content = _without_full_opacity(thing.read_bytes(), thing.Resources)
        values["/Resources"] = b"<<%b>>" % self._resources(content, thing.Resources, needs)
        entries = b"".join(key.encode() + b" " + value for key, value in values.items())
        return self._store.add(stream(entries, self._rewritten(content)), needs)


def _without_full_opacity(content: bytes, resources: Any) -> bytes:
    """The content without its settings of opacity, where it sets none but the full one."""
    used = {name: state for name, state in resources.get("/ExtGState", {}).items() if _names(content, name)}
    if any(set(state.keys()) - {"/ca", "/CA"} or set(dict(state).values()) != {1} for state in used.values()):
        return content
    for name in used:
        content = re.sub(rb"(?<!\S)" + re.escape(name.encode()) + rb"\s+gs(\s|$)", b"", content)
    return content


def _names(content: bytes, name: str) -> bool:
    """Whether a content stream holds that name."""
    return re.search(re.escape(name.encode()) + _NAME_ENDS, content) is not None
