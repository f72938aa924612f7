"""The reading of one scanned page: the value that the reader returns and later stages use."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.core.words import noted

Outcome = Literal["read", "set_aside", "blank", "repeated"]
"""`repeated` is assigned by the register of all pages, never by the reader of one page."""

RowState = Literal["marked", "blank", "multiple", "uncertain"]
NumberState = Literal["none", "blank", "marked", "uncertain", "check_wrong"]
FormState = Literal["none", "blank", "marked", "multiple", "uncertain"]
CodeState = Literal["read", "damaged", "missing"]
DoubtKind = Literal[
    "", "faint", "partly", "crossed", "ringed", "several", "erased", "hidden", "beside", "page"
]
"""Why a row is in doubt: it is lighter than the person's marks, or as light as noise; it fills a part of its
bubble; its strokes run out of the bubble, as in a cross, a tick or a crossed-out mark; a line surrounds
it; several marks may be intended; a lone mark looks erased; the printed ring is not visible; nothing is
marked, but something is written beside it; or the whole page is in doubt."""
NOTHING = "-"
"""The value of `RowReading.likely` if nothing seems to be marked."""

BLANK_REASONS = ("blank-page", "white-page")
"""Reasons of pages on which the reader sees nothing."""

BLANK, MARKED, CANCELLED, UNCERTAIN = range(4)
"""Codes in `PageReading.state`."""

REASONS = {
    "low-resolution": noted("fewer than 80 dots per inch"),
    "blank-page": noted("an empty page, or the back of a sheet"),
    "white-page": noted(
        "the picture is blank, without even a trace of paper. Check whether scanning in black "
        "and white or too brightly has erased a sheet"
    ),
    "faint-page": noted(
        "only faint traces are visible. Either the back of a sheet whose front shows through, "
        "or a scan that is too pale"
    ),
    "not-our-sheet": noted("no corner marks of an answer sheet were found"),
    "sheet-not-whole": noted(
        "the code of a sheet is visible, but not its corner marks. It is torn, folded or cut "
        "off. Scan it whole"
    ),
    "unknown-geometry": noted(
        "an answer sheet of an exam or printing that was not given. Give that exam, too"
    ),
    "mirrored": noted("the page is a mirror image"),
    "too-few-timing-bars": noted(
        "corner marks are visible, but too few of the bars at the sides. The sheet is torn, "
        "folded, covered or cut off"
    ),
    "rows-out-of-step": noted(
        "rows are shifted against their numbers, because the scanner lost lines. Scan the sheet again"
    ),
    "circles-not-seen": noted("the printed circles of a column cannot be seen. Scan the sheet again"),
    "page-not-known": noted("the code cannot be read, and the sheet has several pages. Scan it again"),
    "one-bit": noted("scanned in black and white, so light marks are lost. Scan it in grey"),
    "too-dark": noted("The contrast is too low to read the marks."),
    "two-sheets": noted("two answer sheets in one picture. Scan each sheet separately"),
    "too-many-doubtful-rows": noted(
        "many rows are in doubt, and many printed circles cannot be seen. Scan the sheet again"
    ),
    "reader-fault": noted("reading this page failed. This is an error in examgen; please report it"),
}
"""Every reason that the reader of one page gives, with its meaning."""


class SheetIdentity(NamedTuple):
    """The candidate and sheet that a page names. Texts are empty if the page does not state them."""

    code: CodeState = "missing"
    """The state of the QR code: `damaged` if there is one with a wrong check or layout."""
    exam: str = ""
    serial: str = ""
    candidate: str = ""
    """The candidate from the QR code; exam and serial also come from it."""
    number: str = ""
    """The candidate number from the bubbles: `?` for a place in doubt, a space for one without a mark before
    the last mark."""
    number_state: NumberState = "none"
    """`none`: the sheet has no such bubbles; `check_wrong`: all marked, but the check digit is wrong."""
    form: str = ""
    """The form from the bubbles; `A|B` if two are marked."""
    form_state: FormState = "none"


class RowReading(NamedTuple):
    """The reading of one question."""

    question: int
    read: str
    """`A`; `A|C` for several marks; empty for none; `?` in doubt."""
    state: RowState
    margin: float
    """Distance of the nearest bubble to the nearest limit, in darkness; a small value is doubtful."""
    doubt: DoubtKind = ""
    likely: str = ""
    """For a doubtful row, the reading if its darkest marks are intended: `A`, `A|C`, `-` for nothing; empty
    if unknown, for example if the dark part may be print or noise. It is offered to people and decides
    nothing."""


Weighted = tuple[NDArray[np.intp], NDArray[np.float64]]


class Placement(NamedTuple):
    """Where the sheet is in the scan: maps millimetres of the sheet to pixels of the stored scan.

    It consists of a projective map; displacements in pixels at the left and right timing bars of each row,
    linear between them, and constant beyond the first and last row; and displacements by the printed rings of
    the bubbles on a grid, linear between its nodes and constant beyond them.
    """

    homography: NDArray[np.float64]
    """(3, 3)."""
    rows: NDArray[np.float64]
    """(n,): y of the rows of bars, mm, ascending."""
    sides: tuple[float, float]
    """x of the left and right bars, mm."""
    residuals: NDArray[np.float64]
    """(n, 2, 2): row, side (left, right), displacement in x and y, pixels."""
    nodes: tuple[NDArray[np.float64], NDArray[np.float64]] = (np.zeros(1), np.zeros(1))
    """x and y of the lines of the grid, mm, ascending."""
    bends: NDArray[np.float64] = np.zeros((1, 1, 2))
    """(n_y, n_x, 2): displacements at its nodes, pixels."""

    def pixels(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map (n, 2) points in mm to (n, 2) pixels; whole numbers are the centres of pixels."""
        x, y = places[:, 0], places[:, 1]
        h = self.homography
        w = h[2, 0] * x + h[2, 1] * y + h[2, 2]
        projected = np.stack(
            ((h[0, 0] * x + h[0, 1] * y + h[0, 2]) / w, (h[1, 0] * x + h[1, 1] * y + h[1, 2]) / w), axis=1
        )
        share = (x - self.sides[0]) / (self.sides[1] - self.sides[0])
        shifts = np.stack(
            [
                (1 - share) * np.interp(y, self.rows, self.residuals[:, 0, axis])
                + share * np.interp(y, self.rows, self.residuals[:, 1, axis])
                for axis in (0, 1)
            ],
            axis=1,
        )
        if not self.bends.any():
            return projected + shifts
        (left, right), (above, below) = (
            _between(line, at) for line, at in zip(self.nodes, places.T, strict=True)
        )
        bent = sum(
            (wx * wy)[:, None] * self.bends[j, i] for i, wx in (left, right) for j, wy in (above, below)
        )
        return np.asarray(projected + shifts + bent, np.float64)


def _between(line: NDArray[np.float64], at: NDArray[np.float64]) -> tuple[Weighted, Weighted]:
    """Return the nodes of a line before and after each point, each with its weight."""
    if len(line) == 1:
        zero = np.zeros(len(at), np.intp)
        return (zero, np.ones(len(at))), (zero, np.zeros(len(at)))
    after = np.clip(np.searchsorted(line, at), 1, len(line) - 1)
    share = np.clip((at - line[after - 1]) / (line[after] - line[after - 1]), 0.0, 1.0)
    return (after - 1, 1 - share), (after, share)


_NONE = np.zeros(0, np.float32)


class PageReading(NamedTuple):
    """The reading of one page. Arrays are over its bubbles in the order of sheet.json.

    They are empty if the page was not read.
    """

    outcome: Outcome
    reason: str = ""
    """One of `REASONS`; empty if read."""
    rotation: int = 0
    """Degrees clockwise, 0, 90, 180 or 270, by which the scan must be turned to be upright."""
    identity: SheetIdentity = SheetIdentity()
    geometry: str = ""
    """The code of the layout with which the page was read, or that its code names."""
    sheet_page: int = 0
    """The page of the sheet, from 1; 0 if unknown."""
    n_pages: int = 0
    x: NDArray[np.float32] = _NONE
    y: NDArray[np.float32] = _NONE
    """Centres of the bubbles, in pixels of the stored scan, upright or not."""
    radius: float = 0.0
    """The radius of a bubble, in the same pixels."""
    darkness: NDArray[np.float32] = _NONE
    """The darkness of the inside, without the sheet's own print: 0 paper, 1 the black of the timing bars."""
    state: NDArray[np.uint8] = np.zeros(0, np.uint8)
    """`BLANK`, `MARKED`, `CANCELLED` or `UNCERTAIN`."""
    margin: NDArray[np.float32] = _NONE
    """Distance to the nearest limit between those states, in darkness."""
    rows: tuple[RowReading, ...] = ()
    """The questions of the page in order."""
    placement: Placement | None = None
    """Allows any part of the sheet to be cut out of the scan; None if the page was not read."""
    also: tuple[str, ...] = ()
    """Serials of other sheets whose codes are visible in the picture of a page that was not read."""
