"""The grey pixels of a page and its possible layouts → `PageReading`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from examgen.scanning.page_reading import BLANK_REASONS, PageReading
from examgen.scanning.reading.codes import Code, codes_in, read_code
from examgen.scanning.reading.corners import (
    STEPS,
    WINDOWS_MM,
    Quad,
    moved,
    quads_anywhere,
    quads_at_corners,
    smaller,
)
from examgen.scanning.reading.deciding import decide
from examgen.scanning.reading.measuring import (
    Bubbles,
    Lengths,
    as_neighbours,
    beside_folds,
    cut_bubbles,
    cut_moved,
    is_folded,
    measure,
    patches,
    settled,
)
from examgen.scanning.reading.medians import median
from examgen.scanning.reading.paper_distortion import on_lines
from examgen.scanning.reading.placing import (
    POSE_SEEN,
    PlacedSheet,
    Pose,
    distinct,
    jacobians,
    place,
    poses,
    projected,
)
from examgen.scanning.reading.row_numbers import out_of_step
from examgen.scanning.reading.second_sheet import shows_second_sheet
from examgen.scanning.reading.written_beside import written_beside
from examgen.scanning.sheet_layout import SheetLayout, SheetPageLayout

Grey = NDArray[np.uint8]

LEAST_PER_MM = 80 / 25.4
"""With fewer pixels per millimetre of the sheet, a page is not read."""
LEAST_PIXELS = 100
"""A picture that is smaller on a side shows no sheet."""
LEAST_CONTRAST = 45
"""The least difference of grey levels between paper and black."""
LEAST_PAPER = 70
"""The least grey level of paper."""
BLANK_SHARE = 0.0004
"""A page with a smaller share of pixels darker than their surroundings counts as blank."""
QUIET, BLANK_NOISE = 3.0, 12.0
"""The most noise, in grey levels of the small copy, of a page that counts as blank: at once, and if no sheet
is found on it (a faint sheet would show as little amid so much noise)."""
GREY_SHARE = 0.0005
"""If a smaller share of pixels is neither black nor white, a scan has one bit per pixel."""
WHITE, PAPER_SHARE = 254, 0.02
"""A page on which nothing is seen shows paper if a larger share of its pixels is below this grey level."""
UNSEEN_SHARE = 0.1
"""If the printed ring is not visible for a larger share of bubbles, a page with doubts in all rows is set
aside: the scan is to blame. Doubts that the candidate caused are decided row by row."""
UNSEEN_COLUMN = 0.4
"""The same share for a column: the positions taken for its bubbles are beside them."""
MOST_SETTLED = 3
"""The maximum number of times that the rings of the bubbles may move a page that is far from flat."""
LIKELY_SEEN = 0.8
"""If a larger share of bars agrees with a pose, corner marks are not searched for in the whole page."""
ALL_FOUND = 0.9
"""The share of bars that must be found if only bars show the layout."""
SURE_SEEN = 0.93
"""If a larger share of bars agrees with a pose, no other corner marks are tried."""


def read_page(image: Grey, layouts: Mapping[str, SheetLayout], scale: float = 1.0) -> PageReading:
    """Read a scanned page as one of the sheets in `layouts` (by geometry, `layouts_by_geometry`).

    `image` is grey, (H, W), of any size and in any orientation. `scale` is that of `decode`: the number of
    pixels of the stored scan for a pixel of `image`. Whatever the image shows, the function returns a reading
    with an outcome and raises nothing.
    """
    try:
        grey = np.asarray(image)
        if grey.ndim == 3 and grey.shape[2]:
            grey = grey[..., :3].mean(axis=2).astype(np.uint8) if grey.shape[2] > 1 else grey[..., 0]
        grey = np.ascontiguousarray(grey, np.uint8)
        found = _read(grey, layouts, scale)
        return _named(grey, found, layouts) if found.outcome == "set_aside" else found
    except Exception:  # this function promises not to raise; the outcome says that it is our bug
        return _aside("reader-fault")


def _aside(reason: str) -> PageReading:
    return PageReading("blank" if reason in BLANK_REASONS else "set_aside", reason)


def _named(image: Grey, found: PageReading, layouts: Mapping[str, SheetLayout]) -> PageReading:
    """Return an unread page with the content of the codes visible anywhere on it: its own identity, if its
    code was not read at its place, and the serials of other sheets in the picture."""
    codes = codes_in(image) if min(image.shape) >= LEAST_PIXELS else []
    if codes and found.identity.code != "read":
        first = codes[0]
        of = first.identity
        found = found._replace(
            identity=found.identity._replace(
                code=of.code, exam=of.exam, serial=of.serial, candidate=of.candidate
            ),
            geometry=first.geometry,
            sheet_page=first.page,
            n_pages=first.n_pages,
        )
        if first.geometry not in layouts and found.reason in ("not-our-sheet", "too-few-timing-bars"):
            found = found._replace(reason="unknown-geometry")
        elif found.reason == "not-our-sheet":
            found = found._replace(reason="sheet-not-whole")
    own = found.identity.serial
    others = dict.fromkeys(one.identity.serial for one in codes if one.identity.serial not in ("", own))
    return found._replace(also=tuple(others))


def _read(image: Grey, layouts: Mapping[str, SheetLayout], scale: float) -> PageReading:
    if image.ndim != 2 or min(image.shape, default=0) < LEAST_PIXELS:
        return _aside("low-resolution")
    if not layouts:
        return _aside("unknown-geometry")
    height_mm = max(layout.height for layout in layouts.values())
    small, _ = smaller(image, max(image.shape) / height_mm)
    black, white = percentiles(small[::4, ::4], (1.0, 85.0))
    contrast = max(white - black, 1.0)
    if white < LEAST_PAPER:
        return _aside("too-dark")
    if _is_blank(small, contrast, QUIET, 6.0):
        return _aside(_blank_reason(image))
    found = _pose(image, small, layouts, height_mm, contrast)
    if not isinstance(found, FoundPose):
        if _is_blank(small, contrast, BLANK_NOISE, 4.0):
            return _aside(_blank_reason(image))
        [darkest] = percentiles(small, (0.1,))
        return _aside(found if white - darkest >= LEAST_CONTRAST else "faint-page")
    return _read_at(image, layouts, scale, found, contrast)


def percentiles(image: Grey, shares: tuple[float, ...]) -> list[float]:
    """Return percentiles of grey levels, equal to those of `numpy.percentile`."""
    up_to = np.bincount(image.ravel(), minlength=256).cumsum()
    found = []
    for share in shares:
        at, rest = divmod(share / 100 * (image.size - 1), 1.0)
        low, high = np.searchsorted(up_to, (int(at), min(int(at) + 1, image.size - 1)), side="right").tolist()
        step = high - low
        found.append(low + step * rest if rest < 0.5 else high - step * (1 - rest))
    return found


def _is_blank(small: Grey, contrast: float, most_noise: float, times: float) -> bool:
    """Return whether hardly any pixel is darker than its surroundings by more than `times` the noise."""
    if contrast > 90:
        return False
    edge_y, edge_x = small.shape[0] // 20 + 1, small.shape[1] // 20 + 1
    inner = small[edge_y:-edge_y, edge_x:-edge_x]
    if not inner.size:
        return True
    away = cv2.blur(inner, (31, 31)).astype(np.int16) - inner
    noise = 1.4826 * float(np.median(np.abs(away[::3, ::3])))
    return noise < most_noise and bool(np.mean(away > max(8.0, times * noise)) < BLANK_SHARE)


def _blank_reason(image: Grey) -> str:
    """Return whether a page on which nothing is visible shows paper. A scan of one bit per pixel does not,
    nor does one that is too bright: it may have erased a sheet."""
    some = image[::4, ::4]
    return "blank-page" if np.count_nonzero(some < WHITE) > PAPER_SHARE * some.size else "white-page"


# ── which sheet, which way up ────────────────────────────────────────────────────────────────


class FoundPose(NamedTuple):
    """A pose that agrees with most timing bars."""

    pose: Pose
    page: SheetPageLayout


def _pose(
    image: Grey, small: Grey, layouts: Mapping[str, SheetLayout], height_mm: float, contrast: float
) -> FoundPose | str:
    """Return the pose of the page, or the code of the reason why there is none."""
    factor = image.shape[0] / small.shape[0]
    designs = distinct(page for layout in layouts.values() for page in layout.pages)
    reason = "not-our-sheet"
    best: FoundPose | None = None
    for window in (*WINDOWS_MM, 0.0):
        for corners in {page.corners.tobytes(): page for page in designs}.values():
            if window:
                seen = quads_at_corners(small, max(small.shape) / height_mm, corners, contrast, window)
            else:
                seen = quads_anywhere(small, corners, height_mm, contrast)
            quads = [quad._replace(points=(quad.points + 0.5) * factor - 0.5) for quad in seen]
            best = _better(best, image, quads, designs, contrast)
            if quads and quads[0].score / quads[0].seen > 0.7:
                reason = "too-few-timing-bars"
        # if a corner mark is missing, a photograph may have been taken for a scan
        likely = LIKELY_SEEN if best is not None and best.pose.quad.gone is None else SURE_SEEN
        least = {WINDOWS_MM[0]: SURE_SEEN, 0.0: POSE_SEEN}.get(window, likely)
        if best is not None and not window and best.pose.seen < SURE_SEEN:
            for step in STEPS:
                best = _better(best, image, moved(best.pose.quad, step), [best.page], contrast) or best
        if best is not None and best.pose.seen > least:
            return _unmirrored(image, best, contrast) if best.pose.mirrored else best
    return reason


def _unmirrored(image: Grey, found: FoundPose, contrast: float) -> FoundPose | str:
    """Return the pose in which the code can be read, if bars hardly show the sides; otherwise the reason
    `mirrored`."""
    if found.pose.sided > 1:
        return "mirrored"
    ways = poses(image, found.pose.quad, found.page, contrast)
    for way in (way for way in ways if not way.mirrored and way.seen > LIKELY_SEEN):
        if isinstance(read_code(image, partial(projected, way.homography), found.page.qr), Code):
            return FoundPose(way, found.page)
    return "mirrored"


def _better(
    best: FoundPose | None,
    image: Grey,
    quads: Iterable[Quad],
    designs: list[SheetPageLayout],
    contrast: float,
) -> FoundPose | None:
    """Return the best of the poses of these corner marks and the best one so far."""
    for quad in quads:
        for page in designs:
            ways = poses(image, quad, page, contrast)
            pose = next(way for way in ways if not way.mirrored or _is_mirrored(way) or way is ways[-1])
            if best is None or pose.seen > best.pose.seen:
                best = FoundPose(pose, page)
            if best.pose.seen > SURE_SEEN:
                return best
    return best


def _is_mirrored(pose: Pose) -> bool:
    """Return whether a pose is that of a mirror image, certainly or as far as the bars show."""
    return pose.mirrored and (
        (pose.seen > SURE_SEEN and pose.sided >= 0) or (pose.seen > LIKELY_SEEN and pose.sided > 1)
    )


# ── the page, once its pose is known ─────────────────────────────────────────────────────────


def _read_at(
    image: Grey, layouts: Mapping[str, SheetLayout], scale: float, found: FoundPose, contrast: float
) -> PageReading:
    pose = found.pose
    code = read_code(image, partial(projected, pose.homography), found.page.qr)
    if not isinstance(code, Code):
        # the bars show the place of the code more precisely than the corners
        near = place(image, pose, found.page, contrast)
        code = read_code(image, near.placement.pixels, found.page.qr) if near else code
    identity = code.identity if isinstance(code, Code) else code
    aside = PageReading("set_aside", "", 90 * pose.turns, identity)
    if isinstance(code, Code):
        aside = aside._replace(geometry=code.geometry, sheet_page=code.page, n_pages=code.n_pages)
        if code.geometry not in layouts or not 0 < code.page <= len(layouts[code.geometry].pages):
            return aside._replace(reason="unknown-geometry")
        layout = layouts[code.geometry]
        page = layout.pages[code.page - 1]
        placed = place(image, pose, page, contrast)
    else:
        known = _by_bars(image, layouts, pose, contrast) if pose.sided > 0 else "too-few-timing-bars"
        if isinstance(known, str):
            return aside._replace(reason=known)
        layout, page, placed = known
    aside = aside._replace(geometry=layout.geometry, sheet_page=page.page, n_pages=len(layout.pages))
    if placed is None:
        return aside._replace(reason="too-few-timing-bars")
    strip = patches(image, page, placed)
    reason = _unfit(image, page, placed, strip)
    if reason:
        return aside._replace(reason=reason)
    flat = placed
    placed, bubbles = _settled(image, layout, page, flat)
    if placed is not flat:
        strip = patches(image, page, placed)
    if out_of_step(image, page, placed):
        return aside._replace(reason="rows-out-of-step")
    decided = decide(measure(page, strip, bubbles), layout, page, bubbles.spots)
    identity = identity._replace(
        number=decided.number,
        number_state=decided.number_state,
        form=decided.form,
        form_state=decided.form_state,
    )
    if decided.all_doubtful and decided.unseen > UNSEEN_SHARE:
        return aside._replace(reason="too-many-doubtful-rows", identity=identity)
    if decided.unseen_column > UNSEEN_COLUMN:
        return aside._replace(reason="circles-not-seen", identity=identity)
    white = median(placed.bars.white[placed.bars.found])
    if shows_second_sheet(image, placed.placement.homography, page, white, contrast):
        return aside._replace(reason="two-sheets", identity=identity)
    # Convert everything to pixels of the stored scan.
    base = aside._replace(outcome="read", identity=identity)
    placement = placed.placement
    half = (scale - 1) / 2
    stored = np.array([[scale, 0, half], [0, scale, half], [0, 0, 1]])
    placement = placement._replace(
        homography=stored @ placement.homography,
        residuals=placement.residuals * scale,
        bends=placement.bends * scale,
    )
    places = ((placed.centres(page) + 0.5) * scale - 0.5).astype(np.float32)
    per_mm = np.sqrt(abs(np.linalg.det(jacobians(placement.homography, page.corners.mean(axis=0)[None])[0])))
    return base._replace(
        x=places[:, 0],
        y=places[:, 1],
        radius=float(layout.diameter / 2 * per_mm),
        darkness=decided.darkness,
        state=decided.state,
        margin=decided.margin,
        rows=written_beside(image, page, placed, bubbles, decided.rows),
        placement=placement,
    )


def _settled(
    image: Grey, layout: SheetLayout, page: SheetPageLayout, placed: PlacedSheet
) -> tuple[PlacedSheet, Bubbles]:
    """Return the sheet placed also by the rings of its bubbles, and the bubbles cut out at these
    positions."""
    bubbles = cut_bubbles(image, layout, page, placed)
    for _ in range(MOST_SETTLED):
        better = settled(layout, page, placed, bubbles)
        if better is None:
            break
        placed, is_far = better
        bubbles = cut_bubbles(image, layout, page, placed)
        if not is_far:
            break
    if is_folded(placed, bubbles):
        folded = beside_folds(layout, page, placed, bubbles)
        own = on_lines(image, layout, page, folded, bubbles)
        strained = np.zeros(len(page.bubbles), np.bool_)
        if own is not None:
            before = np.zeros_like(own) if folded.own is None else folded.own
            strained, folded = (own != before).any(axis=1), folded._replace(own=own)
        placed = as_neighbours(image, layout, page, folded, bubbles, strained)
        bubbles = cut_moved(image, layout, page, placed, bubbles)
    return placed, bubbles


def _by_bars(
    image: Grey, layouts: Mapping[str, SheetLayout], pose: Pose, contrast: float
) -> tuple[SheetLayout, SheetPageLayout, PlacedSheet | None] | str:
    """Return the layout whose bars agree if the code cannot be read, or the code of the reason why none is
    known.

    The bars of one layout may be a subset of those of another: the layout with the most bars is chosen, if
    only one has as many.
    """
    fitting = []
    for layout in layouts.values():
        for page in layout.pages:
            placed = place(image, pose, page, contrast)
            if placed is not None and placed.bars.found.mean() > ALL_FOUND:
                fitting.append((layout, page, placed))
    if not fitting:
        return "too-few-timing-bars"
    most = max(len(page.bars) for _, page, _ in fitting)
    best = [one for one in fitting if len(one[1].bars) == most]
    return best[0] if len(best) == 1 else "page-not-known"


def _unfit(image: Grey, page: SheetPageLayout, placed: PlacedSheet, strip: Lengths) -> str:
    """Return the code of the reason why a page should not be read; empty if there is none."""
    per_mm = np.sqrt(abs(np.linalg.det(jacobians(placed.placement.homography, page.corners)))).min()
    if per_mm < LEAST_PER_MM:
        return "low-resolution"
    bars = placed.bars
    white, black = median(bars.white[bars.found]), median(bars.black[bars.found])
    if white < LEAST_PAPER or white - black < LEAST_CONTRAST:
        return "too-dark"
    dark = strip[page.patch_grey >= 0.15]
    if dark.size and np.mean((dark > 0.08) & (dark < 0.9)) < 0.25:
        return "one-bit"
    # Are enough pixels neither black nor white? In a grey scan, the first rows show it.
    few, n = image[::5, ::5], 0
    for first in range(0, len(few), 32):
        # from 26 to 229: smaller values wrap around
        n += int(np.count_nonzero(few[first : first + 32] - np.uint8(26) < 204))
        if n >= GREY_SHARE * few.size:
            return ""
    return "one-bit"
