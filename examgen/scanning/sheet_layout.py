"""sheet.json → `SheetLayout`: the position of everything on an answer sheet, as arrays in millimetres.

The origin is the upper left corner of the page, x to the right, y down, as in sheet.json (docs/papers.md).
The reader and the simulator of scans know a sheet only by this layout.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.core.words import tell

Millimetres = NDArray[np.float64]

SCHEMA, VERSION = "examgen-sheet", 1
NUMBER, FORM, ITEM = range(3)
"""Codes of the groups of bubbles in `SheetPageLayout.group`."""
GROUPS = ("number", "form", "item")
CORNERS = ("top left", "top right", "bottom left", "bottom right")


class LayoutError(ValueError):
    """A sheet.json that cannot be used; the message gives the reason."""


class SheetArea(NamedTuple):
    """A rectangle to write into: upper left corner, width and height, mm."""

    x: float
    y: float
    width: float
    height: float


class BubbleRow(NamedTuple):
    """Bubbles of which one is to be marked: a question, a place of the candidate number, or the form."""

    group: int
    """`NUMBER`, `FORM` or `ITEM`."""
    place: int
    """The number of the question or of the place in the candidate number, from 1; 0 for the form."""
    bubbles: NDArray[np.intp]
    """The indices of its bubbles among those of the page."""


@dataclass(frozen=True, slots=True, eq=False)
class SheetPageLayout:
    """One side of a sheet. Arrays of positions have the shape (n, 2): x and y of centres, mm."""

    page: int
    """From 1."""
    corners: Millimetres
    """(4, 2): the bullseyes, in the order of `CORNERS`."""
    bullseye: tuple[float, float, float]
    """Outer diameter, width of the ring, diameter of the dot."""
    bars: Millimetres
    """Timing bars in the order of sheet.json."""
    bar_size: tuple[float, float]
    patches: Millimetres
    patch_size: tuple[float, float]
    patch_grey: Millimetres
    """(n,): the printed grey, from 0 white to 1 black."""
    qr: tuple[float, float, float]
    """x and y of the centre, and the size without the white around it."""
    areas: Mapping[str, SheetArea]
    bubbles: Millimetres
    """The bubbles in the order of sheet.json, as in the arrays of a `PageReading`."""
    group: NDArray[np.uint8]
    """(n,): `NUMBER`, `FORM` or `ITEM`."""
    place: NDArray[np.int32]
    """(n,): the question or place of the number, from 1; 0 for a form."""
    value: tuple[str, ...]
    """The meaning of a mark: digit or letter of the number, name of the form, answer `A` to `E`."""
    label: tuple[str, ...]
    """The text printed in each bubble."""
    choices: tuple[BubbleRow, ...]
    """The choices in the order of their first bubbles."""
    table: NDArray[np.intp]
    """(n choices, most bubbles of one): the bubbles of each choice, -1 if it has fewer."""
    label_code: NDArray[np.intp]
    """(n,): a number for each printed text; equal for equal texts."""


@dataclass(frozen=True, slots=True, eq=False)
class SheetLayout:
    """The answer sheet of an exam."""

    exam: str
    geometry: str
    """The geometry code, as in the QR code."""
    width: float
    height: float
    letters: tuple[str, ...]
    """The letters printed for answers `A`, `B` …"""
    forms: tuple[str, ...]
    number_length: int
    number_check: str
    """`none` or `thai_id`."""
    diameter: float
    """The outer diameter of a bubble, mm."""
    outline: float
    """The width of its ring, mm."""
    pages: tuple[SheetPageLayout, ...]


def sheet_layout(sheet: Mapping[str, Any]) -> SheetLayout:
    """Return the layout in a parsed sheet.json. Raises LayoutError if it cannot be used."""
    if sheet.get("schema") != SCHEMA or sheet.get("version") != VERSION:
        raise LayoutError(tell("not {schema} version {version}", schema=SCHEMA, version=VERSION))
    try:
        number = sheet["candidate_number"]
        return SheetLayout(
            exam=sheet["exam"],
            geometry=sheet["geometry"],
            width=float(sheet["paper"]["width"]),
            height=float(sheet["paper"]["height"]),
            letters=tuple(sheet["letters"]),
            forms=tuple(sheet["forms"]),
            number_length=number["length"],
            number_check=number["check"],
            diameter=float(sheet["bubble"]["diameter"]),
            outline=float(sheet["bubble"]["outline"]),
            pages=tuple(_page(page) for page in sheet["pages"]),
        )
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise LayoutError(tell("a field is missing or wrong: {error}", error=error)) from error


def layouts_by_geometry(layouts: Iterable[SheetLayout]) -> dict[str, SheetLayout]:
    """Return the layouts for `read_page`. Exams with equal sheets share an entry.

    Raises LayoutError if two different sheets have the same geometry code, a hash of 16 bits.
    """
    found: dict[str, SheetLayout] = {}
    for layout in layouts:
        other = found.setdefault(layout.geometry, layout)
        is_same = len(other.pages) == len(layout.pages) and all(
            a.value == b.value
            and a.bars.shape == b.bars.shape
            and np.array_equal(a.bubbles, b.bubbles)
            and np.array_equal(a.bars, b.bars)
            for a, b in zip(other.pages, layout.pages, strict=True)
        )
        if not is_same:
            raise LayoutError(
                tell(
                    "the sheets of {one} and {other} differ but have the same geometry code "
                    "{geometry}. Scan them separately",
                    one=other.exam,
                    other=layout.exam,
                    geometry=layout.geometry,
                )
            )
    return found


def _page(page: Mapping[str, Any]) -> SheetPageLayout:
    corners = {corner["name"]: corner for corner in page["corners"]}
    first = corners[CORNERS[0]]
    bars, patches, bubbles, qr = page["timing"], page["patches"], page["bubbles"], page["qr"]
    group = np.array([GROUPS.index(bubble["group"]) for bubble in bubbles], np.uint8)
    place = np.array([bubble.get("place", bubble.get("question", 0)) for bubble in bubbles], np.int32)
    label = tuple(bubble["label"] for bubble in bubbles)
    choices, table = choices_of(group, place)
    return SheetPageLayout(
        page=page["page"],
        corners=_centres(corners[name] for name in CORNERS),
        bullseye=(float(first["diameter"]), float(first["ring"]), float(first["dot"])),
        bars=_centres(bars),
        bar_size=(float(bars[0]["width"]), float(bars[0]["height"])),
        patches=_centres(patches),
        patch_size=(float(patches[0]["width"]), float(patches[0]["height"])) if patches else (0.0, 0.0),
        patch_grey=np.array([patch["grey"] for patch in patches], np.float64),
        qr=(float(qr["x"]), float(qr["y"]), float(qr["size"])),
        areas={a["name"]: SheetArea(a["x"], a["y"], a["width"], a["height"]) for a in page["areas"]},
        bubbles=_centres(bubbles),
        group=group,
        place=place,
        value=tuple(bubble["value"] for bubble in bubbles),
        label=label,
        choices=choices,
        table=table,
        label_code=np.unique(np.array(label), return_inverse=True)[1].astype(np.intp),
    )


def choices_of(
    group: NDArray[np.uint8], place: NDArray[np.int32]
) -> tuple[tuple[BubbleRow, ...], NDArray[np.intp]]:
    """Return `SheetPageLayout.choices` and its `table`."""
    found: dict[tuple[int, int], list[int]] = {}
    for i, key in enumerate(zip(group.tolist(), place.tolist(), strict=True)):
        found.setdefault(key, []).append(i)
    choices = tuple(BubbleRow(g, p, np.array(bubbles, np.intp)) for (g, p), bubbles in found.items())
    table = np.full((len(choices), max((len(choice.bubbles) for choice in choices), default=0)), -1, np.intp)
    for row, choice in zip(table, choices, strict=True):
        row[: len(choice.bubbles)] = choice.bubbles
    return choices, table


def _centres(marks: Iterable[Mapping[str, Any]]) -> Millimetres:
    return np.array([(mark["x"], mark["y"]) for mark in marks], np.float64).reshape(-1, 2)
