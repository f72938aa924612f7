"""The printed sheet, rasterised, is read: where it lies, what it is, which bubbles are marked."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import cv2
import numpy as np
import pypdfium2
import pytest
from numpy.typing import NDArray

from examgen.core.models.papers import thai_id_check_digit
from examgen.core.words import in_language
from examgen.papers.sheet.identity import sheet_geometry
from examgen.papers.sheet.printing import answer_sheet
from examgen.scanning.filled_sheets import said, side_of
from examgen.scanning.input.pictures import decode
from examgen.scanning.page_reading import BLANK, MARKED, REASONS, UNCERTAIN, RowReading
from examgen.scanning.reading.medians import median
from examgen.scanning.reading.reader import percentiles, read_page
from examgen.scanning.sheet_layout import (
    CORNERS,
    FORM,
    ITEM,
    NUMBER,
    SCHEMA,
    VERSION,
    LayoutError,
    SheetLayout,
    layouts_by_geometry,
    sheet_layout,
)
from tests.effort import some
from tests.papers.pages import TEMPLATES, exam, item
from tests.scanning.simulated.pages import SimulationOptions, simulated_page

Grey = NDArray[np.uint8]
Points = NDArray[np.float64]
PER_MM = 150 / 25.4


class Printed(NamedTuple):
    layout: SheetLayout
    blank: Grey
    """At 150 dpi."""

    def filled(self, *answers: tuple[int, str], grey: int = 60, radius: float = 1.9) -> Grey:
        page, image = self.layout.pages[0], self.blank.copy()
        for i, (place, value) in enumerate(zip(page.place.tolist(), page.value, strict=True)):
            if (place, value) in answers and page.group[i] == 2:
                x, y = (page.bubbles[i] * PER_MM).round().astype(int)
                cv2.circle(image, (int(x), int(y)), round(radius * PER_MM), grey, -1, cv2.LINE_AA)
        return image

    def middle(self, place: int, value: str) -> tuple[int, int]:
        """Of the bubble of a question."""
        page = self.layout.pages[0]
        same = (page.group == ITEM) & (page.place == place) & (np.array(page.value) == value)
        x, y = (page.bubbles[np.flatnonzero(same)[0]] * PER_MM).round().astype(int).tolist()
        return x, y


@pytest.fixture(scope="session")
def printed() -> Printed:
    options = dict.fromkeys("abcd", "ก")
    asked = [item(n, options=options, rationale={}, key="a") for n in range(1, 41)]
    of = exam(asked, forms=("A", "B"))
    sheet = json.loads(json.dumps(sheet_geometry(of, of.blueprint.papers)))
    with pypdfium2.PdfDocument(answer_sheet(of, TEMPLATES)) as pdf:
        grey = pdf[0].render(scale=150 / 72, grayscale=True).to_numpy()
    return Printed(sheet_layout(sheet), np.ascontiguousarray(grey.reshape(grey.shape[:2])))


@pytest.fixture(scope="module")
def layouts(printed: Printed) -> dict[str, SheetLayout]:
    return layouts_by_geometry([printed.layout])


def test_a_filled_sheet_is_read_any_way_up(printed: Printed, layouts: dict[str, SheetLayout]) -> None:
    image = printed.filled((1, "A"), (2, "C"), (3, "A"), (3, "D"), (40, "B"))
    for turns in range(4):
        reading = read_page(np.rot90(image, turns), layouts)
        assert (reading.outcome, reading.rotation) == ("read", 90 * turns)
        assert reading.identity.exam == printed.layout.exam
        assert (reading.sheet_page, reading.n_pages) == (1, 1)
        read = {row.question: row.read for row in reading.rows if row.state != "blank"}
        assert read == {1: "A", 2: "C", 3: "A|D", 40: "B"}
        assert reading.placement is not None
        again = reading.placement.pixels(printed.layout.pages[0].bubbles)
        np.testing.assert_allclose(again, np.stack((reading.x, reading.y), axis=1), atol=0.01)


def test_a_large_jpeg_is_decoded_at_half_its_size() -> None:
    grey = np.full((3508, 2480), 200, np.uint8)
    small, large = (cv2.imencode(".jpg", one)[1].tobytes() for one in (grey[:2000], grey))
    assert [(found[0].shape, found[1]) for found in (decode(small), decode(large)) if found] == [
        ((2000, 2480), 1.0),
        ((1754, 1240), 2.0),
    ]
    assert decode(b"\xff\xd8\xff") is None
    assert decode(b"") is None


@pytest.mark.long("drawn noise; test_hostile has the files")
def test_whatever_comes_is_answered(printed: Printed, layouts: dict[str, SheetLayout]) -> None:
    rng = np.random.default_rng(1)
    noise = rng.integers(0, 256, (1754, 1240), dtype=np.uint8)
    stripes = np.tile(np.repeat(np.array([0, 255], np.uint8), 6), (1754, 100))
    shapes = (
        noise, noise[:0], noise[:1], noise[:, :7], noise[:300, :300], stripes, noise[:, :, None], noise[0],
    )  # fmt: skip
    for image in shapes:
        reading = read_page(image, layouts)
        assert reading.outcome == "set_aside"
        assert reading.reason in set(REASONS) - {"reader-fault"}
    assert outcome(printed.blank, {}) == "unknown-geometry"
    for top, left in ((500, 0), (0, 500), (900, 700)):
        # a piece of a sheet
        reading = read_page(np.ascontiguousarray(printed.blank[top:, left:]), layouts)
        assert reading.outcome == "set_aside"
        assert reading.reason != "reader-fault"


# ── pages that are not read ──────────────────────────────────────────────────────────────────


def outcome(image: Grey, layouts: dict[str, SheetLayout]) -> str:
    """The outcome of a page, or the reason why it is not read."""
    reading = read_page(image, layouts)
    assert reading.reason == "" or reading.reason in REASONS
    return reading.reason or reading.outcome


def without(image: Grey, printed: Printed, name: str) -> Grey:
    """The page with one of its marks, or its code, covered in white."""
    page, gone = printed.layout.pages[0], image.copy()
    x, y = page.qr[:2] if name == "code" else page.corners[CORNERS.index(name)]
    half = 14 if name == "code" else 5
    left, top, right, bottom = (round(v * PER_MM) for v in (x - half, y - half, x + half, y + half))
    gone[max(top, 0) : bottom, max(left, 0) : right] = 255
    return gone


def test_each_page_that_is_not_read_has_its_reason(printed: Printed, layouts: dict[str, SheetLayout]) -> None:
    image = printed.filled((1, "A"), (2, "C"))
    assert outcome(image, layouts) == "read"
    assert outcome(image[:, ::-1], layouts) == "mirrored"
    assert outcome(np.rot90(image)[::-1], layouts) == "mirrored"
    assert outcome((image > 127).astype(np.uint8) * 255, layouts) == "one-bit"
    dithered = (image > np.random.default_rng(2).integers(1, 255, image.shape)).astype(np.uint8) * 255
    assert outcome(dithered, layouts) == "one-bit"
    assert outcome((60 + image // 12).astype(np.uint8), layouts) == "too-dark"
    assert (
        outcome(cv2.resize(image, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA), layouts)
        == "low-resolution"
    )
    assert outcome(np.full_like(image, 250), layouts) == "blank-page"
    assert outcome(np.zeros_like(image), layouts) == "too-dark"
    bare = image.copy()
    for x in (13, 197):
        bare[round(18 * PER_MM) : round(278 * PER_MM), round((x - 3) * PER_MM) : round((x + 3) * PER_MM)] = (
            255
        )
    assert outcome(bare, layouts) == "too-few-timing-bars"
    text = np.full_like(image, 255)
    for line in range(30, 1700, 40):
        cv2.putText(text, "a page of text that is not ours", (40, line), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 0, 2)
    assert outcome(text, layouts) == "not-our-sheet"


@pytest.mark.parametrize("size", [1.0, 0.75])
def test_a_sheet_beside_which_another_lies_in_the_picture_is_not_read_alone(
    printed: Printed, layouts: dict[str, SheetLayout], size: float
) -> None:
    """A feeder that draws two sheets one over the other, a flatbed, a table."""
    own, other = printed.filled((1, "A")), printed.filled((2, "C"))
    other = cv2.resize(other, None, fx=size, fy=size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    (height, width), shift = own.shape, round(30 * PER_MM)
    for down, right in ((0, width), (height, 0), (shift, 0), (0, shift), (shift, shift)):
        if size < 1 and shift in (down, right):
            continue  # less than a side is left of it
        table = np.full((down + height, right + width), 230, np.uint8)
        table[-other.shape[0] :, -other.shape[1] :] = other
        table[:height, :width] = own
        for turns in range(2):
            assert outcome(np.rot90(table, turns), layouts) == "two-sheets", (down, right, turns)


@pytest.mark.parametrize("turns", range(4))
def test_a_corner_of_another_sheet_in_the_picture_changes_nothing(
    printed: Printed, layouts: dict[str, SheetLayout], turns: int
) -> None:
    own, other = printed.filled((1, "A")), np.rot90(printed.filled((2, "C")), turns)
    height, width = own.shape
    table = np.full((round(1.3 * height), round(1.4 * width)), 230, np.uint8)
    part = table[round(0.8 * height) :, width:]
    part[:] = other[: part.shape[0], : part.shape[1]]
    table[:height, :width] = own
    reading = read_page(table, layouts)
    assert (reading.outcome, reading.rows[0].read) == ("read", "A")


@pytest.mark.parametrize("share", [0.5, 0.75])
def test_what_a_note_hides_is_not_blank(
    printed: Printed, layouts: dict[str, SheetLayout], share: float
) -> None:
    image = printed.filled(*((n, "D") for n in range(1, 41)))
    for question in (5, 6, 28):
        x, y = printed.middle(question, "D")
        half, right = round(2.5 * PER_MM), x + round(2.1 * PER_MM)
        image[y - half : y + half, round(right - share * 4.2 * PER_MM) : right + half] = 250
    told = {row.question: row.state for row in read_page(image, layouts).rows}
    # half of a mark that is seen is one
    assert {told.pop(question) for question in (5, 6, 28)} == {"marked" if share == 0.5 else "uncertain"}
    assert set(told.values()) == {"marked"}


def test_a_faint_sheet_among_much_noise_is_not_called_blank(
    printed: Printed, layouts: dict[str, SheetLayout]
) -> None:
    image = printed.filled(*((n, "B") for n in range(1, 41)))
    height, width = image.shape
    coarse = np.random.default_rng(1).normal(0, 10, (height // 6 + 1, width // 6 + 1)).astype(np.float32)
    noise = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_NEAREST)

    def scanned(ink: float) -> Grey:
        return np.clip(235 - (255.0 - image) * ink + noise, 0, 255).astype(np.uint8)

    assert outcome(scanned(0.2), layouts) == "read"
    assert outcome(scanned(0.15), layouts) == "too-few-timing-bars"
    assert outcome(scanned(0), layouts) in ("blank-page", "not-our-sheet")


def test_a_sheet_of_which_bars_are_hidden_is_no_mirror_image_and_a_mirror_image_is_one(
    printed: Printed, layouts: dict[str, SheetLayout]
) -> None:
    image, bars = printed.filled((1, "A"), (2, "C")), printed.layout.pages[0].bars
    right = bars[bars[:, 0] > 100]
    left = bars[bars[:, 0] < 100]

    def hidden(*these: tuple[float, float]) -> Grey:
        gone = image.copy()
        for x, y in these:
            left, right = (round((x + side) * PER_MM) for side in (-4, 4))
            gone[round((y - 2) * PER_MM) : round((y + 2) * PER_MM), left:right] = 255
        return gone

    few, lone = hidden(*right[[3, 9, 14, 20, 26]]), hidden(*left[1:3])
    assert outcome(few, layouts) == outcome(lone, layouts) == "read"
    assert outcome(few[:, ::-1], layouts) == outcome(lone[:, ::-1], layouts) == "mirrored"
    # without the bars that have none opposite, a sheet and its mirror image are told by the code alone
    assert outcome(hidden(*left[:4]), layouts) == "read"
    assert outcome(hidden(*left[:4])[:, ::-1], layouts) != "read"
    # dirt where one would be on the other side (they are out of the scan, and the edge of the paper is there)
    dirty = hidden(*left[:4])
    x, y = right[:, 0].mean(), left[0][1]
    x_1, x_2, y_1, y_2 = (round(at * PER_MM) for at in (x - 2.5, x + 2.5, y - 1, y + 1))
    dirty[y_1:y_2, x_1:x_2] = 0
    assert outcome(dirty, layouts) == "read"
    assert outcome(dirty[:, ::-1], layouts) != "read"


@pytest.mark.parametrize("rows", [1, -1, 2])
def test_rows_that_the_scanner_moved_by_whole_rows_are_not_read(
    printed: Printed, layouts: dict[str, SheetLayout], rows: int
) -> None:
    """Lines lost at one place and doubled at another: bars, rings and corners are where they should be."""
    page = printed.layout.pages[0]
    image = with_number(printed, printed.filled(*((n, "ABCD"[n % 4]) for n in range(1, 41))))
    for group, first, last in ((ITEM, 3, 9), (ITEM, 6, 17), (NUMBER, 2, 7)):
        at = np.unique(page.bubbles[page.group == group, 1])
        pitch = at[1] - at[0]
        top, bottom = (round((y - pitch / 2) * PER_MM) for y in (at[first], at[last + 1]))
        n = round(abs(rows) * pitch * PER_MM)
        if rows > 0:
            moved = (image[:top], image[top + n : bottom], image[bottom - n :])
        else:
            moved = (image[:top], image[top : top + n], image[top : bottom - n], image[bottom:])
        assert outcome(np.concatenate(moved), layouts) == "rows-out-of-step", (group, first)
    assert outcome(image, layouts) == "read"


def test_a_sheet_of_a_layout_that_was_not_given_is_named(printed: Printed) -> None:
    other = replace(printed.layout, geometry="1-0000")
    reading = read_page(printed.blank, {"1-0000": other})
    assert (reading.outcome, reading.reason) == ("set_aside", "unknown-geometry")
    assert (reading.identity.exam, reading.geometry) == (printed.layout.exam, printed.layout.geometry)


def hatched(printed: Printed, image: Grey, place: int, n: int, grey: int = 25, blur: float = 0) -> Grey:
    """Option C of a question, filled with n strokes from side to side; blurred, as an eraser leaves them."""
    page = printed.layout.pages[0]
    [bubble] = np.flatnonzero((page.group == ITEM) & (page.place == place) & (np.array(page.value) == "C"))
    x, y = page.bubbles[bubble]
    drawn = np.full_like(image, 255)
    for k in range(n):
        off = (2 * k + 1) / n - 1
        half = 1.5 * (1 - off * off) ** 0.5
        ends = [(round((x + side * half) * PER_MM), round((y + 1.5 * off) * PER_MM)) for side in (-1, 1)]
        cv2.line(drawn, ends[0], ends[1], grey, round(0.34 * PER_MM), cv2.LINE_AA)
    return np.minimum(image, cv2.GaussianBlur(drawn, (0, 0), blur * PER_MM) if blur else drawn)


def test_the_only_mark_of_a_question_may_be_filled_loosely_but_not_be_a_line_or_what_an_eraser_left(
    printed: Printed, layouts: dict[str, SheetLayout]
) -> None:
    image = printed.filled(*((n, "B") for n in range(1, 31)))
    image = hatched(printed, image, 34, n=3)
    image = hatched(printed, image, 35, n=1)
    image = hatched(printed, image, 36, n=2)
    image = hatched(printed, image, 37, n=5, grey=110, blur=0.5)
    image = hatched(printed, image, 38, n=5, grey=150)
    image = hatched(printed, image, 30, n=4)  # beside a mark
    rows = {row.question: (row.read, row.state) for row in read_page(image, layouts).rows}
    assert rows[34] == rows[36] == ("C", "marked")
    assert {n for n, (_, state) in rows.items() if state == "uncertain"} == {30, 35, 37, 38}


def test_two_light_marks_are_in_doubt_for_one_may_be_what_an_eraser_left(
    printed: Printed, layouts: dict[str, SheetLayout]
) -> None:
    image = printed.filled(*((n, "B") for n in range(1, 31)), (30, "C"), grey=165)
    rows = {row.question: (row.read, row.state) for row in read_page(image, layouts).rows}
    assert (rows[29], rows[30]) == (("B", "marked"), ("?", "uncertain"))


def one_more(printed: Printed, place: int, grey: int, radius: float = 1.9) -> tuple[Grey, NDArray[np.intp]]:
    """Questions 1 to 30 marked B and a disc at C of one question, the bubbles of which are told."""
    page, image = printed.layout.pages[0], printed.filled(*((n, "B") for n in range(1, 31)))
    cv2.circle(image, printed.middle(place, "C"), round(radius * PER_MM), grey, -1, cv2.LINE_AA)
    return image, np.flatnonzero((page.group == ITEM) & (page.place == place))


def test_beside_a_clear_mark_what_an_eraser_left_is_blank(
    printed: Printed, layouts: dict[str, SheetLayout]
) -> None:
    for grey, radius in ((240, 1.9), (210, 1.5), (200, 1.0)):
        image, here = one_more(printed, 5, grey, radius)
        reading = read_page(image, layouts)
        assert (reading.rows[4].read, reading.rows[4].state) == ("B", "marked"), grey
        assert reading.state[here].tolist() == [BLANK, MARKED, BLANK, BLANK]


def test_two_marks_are_read_only_where_they_are_twins(
    printed: Printed, layouts: dict[str, SheetLayout]
) -> None:
    """One of two that differ may be erased: two count as two where the lighter has 0.93 of the darker."""
    image, here = one_more(printed, 5, grey=66)
    reading = read_page(image, layouts)
    lighter, darker = sorted(reading.darkness[here].tolist())[-2:]
    assert (reading.rows[4].read, reading.rows[4].state) == ("B|C", "multiple")
    assert 0 < reading.rows[4].margin < lighter / darker - 0.93 + 1e-6
    image, _ = one_more(printed, 5, grey=86)
    row = read_page(image, layouts).rows[4]
    assert (row.read, row.state, row.doubt) == ("?", "uncertain", "several")


# ── marks are judged against their person's own ──────────────────────────────────────────────

ANSWERED = [(n, "ABCD"[n * 7 % 4]) for n in range(1, 37)]
"""Questions 1 to 36, each answered with a letter; 37 to 40 are left blank."""
Pen = Callable[[Grey, tuple[int, int]], object]


def stroke(image: Grey, start: tuple[int, int], end: tuple[int, int], grey: int = 60, width: int = 3) -> None:
    cv2.line(image, start, end, grey, width, cv2.LINE_AA)


def disc(image: Grey, at: tuple[int, int], grey: int = 60, radius: float = 1.9) -> None:
    cv2.circle(image, at, round(radius * PER_MM), grey, -1, cv2.LINE_AA)


def cross(image: Grey, at: tuple[int, int], half: int = 10, grey: int = 60) -> None:
    x, y = at
    stroke(image, (x - half, y - half), (x + half, y + half), grey)
    stroke(image, (x - half, y + half), (x + half, y - half), grey)


def tick(image: Grey, at: tuple[int, int]) -> None:
    x, y = at
    stroke(image, (x - 6, y), (x - 1, y + 8))
    stroke(image, (x - 1, y + 8), (x + 13, y - 14))


def ring(image: Grey, at: tuple[int, int]) -> None:
    cv2.circle(image, at, round(2.7 * PER_MM), 60, 3, cv2.LINE_AA)


def half(image: Grey, at: tuple[int, int]) -> None:
    cv2.ellipse(image, at, (11, 11), 0, 90, 270, 60, -1, cv2.LINE_AA)


def light(image: Grey, at: tuple[int, int]) -> None:
    disc(image, at, grey=222, radius=1.7)


def over(image: Grey, at: tuple[int, int]) -> None:
    disc(image, at, radius=2.9)


def beside(image: Grey, at: tuple[int, int]) -> None:
    disc(image, (at[0] + 8, at[1] - 6))


def marked(printed: Printed, draw: Pen, *more: tuple[Pen, int, str]) -> Grey:
    """A person's sheet: each answer is drawn so; some bubbles are drawn otherwise."""
    image = printed.blank.copy()
    others = {(place, value) for _, place, value in more}
    for place, value in ANSWERED:
        if (place, value) not in others:
            draw(image, printed.middle(place, value))
    for other, place, value in more:
        other(image, printed.middle(place, value))
    return cv2.GaussianBlur(image, (0, 0), 0.6)


@pytest.mark.parametrize("draw", [disc, cross, tick, ring, half, light, over, beside])
def test_whoever_marks_so_throughout_is_read(
    printed: Printed, layouts: dict[str, SheetLayout], draw: Pen
) -> None:
    reading = read_page(marked(printed, draw), layouts)
    read = {row.question: (row.read, row.state) for row in reading.rows}
    assert {n: read[n] for n in range(1, 37)} == {n: (value, "marked") for n, value in ANSWERED}
    assert all(not read[n][0].isalpha() for n in range(37, 41))


def _crossed_out(image: Grey, at: tuple[int, int]) -> None:
    disc(image, at)
    cross(image, at, half=20, grey=40)


def _struck_out(image: Grey, at: tuple[int, int]) -> None:
    disc(image, at)
    stroke(image, (at[0] - 24, at[1] - 2), (at[0] + 24, at[1] + 1), 40, 4)


def _rubbed(image: Grey, at: tuple[int, int]) -> None:
    disc(image, at, grey=110)


@pytest.mark.parametrize(
    ("other", "doubt", "likely"),
    [
        (_crossed_out, "crossed", ""),
        (_struck_out, "crossed", ""),
        (light, "faint", "letter"),
        (lambda image, at: disc(image, at, radius=0.7), "partly", "letter"),
    ],
)
def test_the_one_mark_that_is_unlike_its_persons_is_in_doubt_and_says_why(
    printed: Printed, layouts: dict[str, SheetLayout], other: Pen, doubt: str, likely: str
) -> None:
    """A lone mark that is struck out or rubbed is not taken for an answer, and no letter is offered."""
    place, value = ANSWERED[9]
    image = marked(printed, lambda image, at: disc(image, at, grey=40), (other, place, value))
    row = read_page(image, layouts).rows[place - 1]
    assert (row.read, row.state, row.doubt) == ("?", "uncertain", doubt)
    assert row.likely == (value if likely else "")
    others = [one for one in read_page(image, layouts).rows if one.question not in (place, *range(37, 41))]
    assert all(one.state == "marked" for one in others)


def test_what_is_printed_in_one_letter_of_a_column_is_offered_to_nobody(
    printed: Printed, layouts: dict[str, SheetLayout]
) -> None:
    """The same letter is the darkest of every row below one another in which nobody has marked."""
    image = printed.blank.copy()
    for place, value in ANSWERED[:20]:
        disc(image, printed.middle(place, value), grey=40)
    for place, _ in ANSWERED[20:]:
        disc(image, printed.middle(place, "C"), grey=90, radius=0.6)
    rows = read_page(cv2.GaussianBlur(image, (0, 0), 0.6), layouts).rows[20 : len(ANSWERED)]
    assert {row.state for row in rows} == {"uncertain"}
    assert not {row.likely for row in rows} & set("ABCDE")


def test_a_paler_mark_may_be_erased_where_an_eraser_has_left_another(
    printed: Printed, layouts: dict[str, SheetLayout]
) -> None:
    """A mark that is paler than its person's is theirs, unless marks were rubbed as badly on the sheet."""
    place, value = ANSWERED[9]
    rest = next(letter for letter in "ABCD" if letter != ANSWERED[11][1])

    def residue(grey: int) -> tuple[Pen, int, str]:
        return lambda image, at: disc(image, at, grey=grey), ANSWERED[11][0], rest

    def row(*more: tuple[Pen, int, str]) -> RowReading:
        image = marked(printed, lambda image, at: disc(image, at, grey=40), (_rubbed, place, value), *more)
        return read_page(image, layouts).rows[place - 1]

    for little in ([], [residue(190)]):
        assert (row(*little).read, row(*little).state) == (value, "marked")
    beside = row(residue(150))
    assert (beside.read, beside.doubt, beside.likely) == ("?", "erased", "")


def test_a_mark_beside_one_that_is_crossed_out_is_the_answer(
    printed: Printed, layouts: dict[str, SheetLayout]
) -> None:
    """Only of somebody who fills bubbles: the strokes of crosses leave them without crossing anything out."""
    place, value = ANSWERED[9]
    other = next(letter for letter in "ABCD" if letter != value)
    row = read_page(marked(printed, disc, (_crossed_out, place, other), (disc, place, value)), layouts).rows[
        place - 1
    ]
    assert (row.read, row.state) == (value, "marked")
    large = (lambda image, at: cross(image, at, half=18), place, other)
    row = read_page(marked(printed, cross, large, (cross, place, value)), layouts).rows[place - 1]
    assert row.state == "uncertain"


def test_a_small_stroke_beside_a_full_mark_is_no_mark(
    printed: Printed, layouts: dict[str, SheetLayout]
) -> None:
    place, value = ANSWERED[9]
    other = next(letter for letter in "ABCD" if letter != value)

    def row(draw: Pen) -> RowReading:
        image = marked(printed, disc, (draw, place, other), (disc, place, value))
        return read_page(image, layouts).rows[place - 1]

    def stroked(image: Grey, at: tuple[int, int]) -> None:
        stroke(image, at, (at[0] + 8, at[1] + 3))

    for begun in (stroked, lambda image, at: disc(image, at, radius=0.9)):
        assert (row(begun).read, row(begun).state) == (value, "marked")
    assert row(lambda image, at: disc(image, at, radius=1.4)).state == "uncertain"


def test_a_stroke_that_runs_from_one_bubble_over_the_mark_of_another_is_not_the_answer(
    printed: Printed, layouts: dict[str, SheetLayout]
) -> None:
    """The pen slipped, or the mark is crossed out: in either case nobody has answered by the stroke."""
    place, value = next((place, value) for place, value in ANSWERED if value == "B")

    def slipped(image: Grey, at: tuple[int, int]) -> None:
        disc(image, at)
        start = printed.middle(place, "A")
        stroke(image, (start[0], start[1] + 3), (at[0] + 22, at[1] + 3), 60, 6)

    row = read_page(marked(printed, disc, (slipped, place, value)), layouts).rows[place - 1]
    assert (row.read, row.state) == ("?", "uncertain")


def _ragged(image: Grey, at: tuple[int, int]) -> None:
    """Filled with strokes in all directions, to and fro over the edge."""
    for n in range(18):
        angle = 2 * np.pi * n / 18
        end = np.array([np.cos(angle), np.sin(angle)]) * (2.5 + 0.8 * (n % 3 == 0)) * PER_MM
        stroke(image, at, (round(at[0] + end[0]), round(at[1] + end[1])), width=4)


def test_one_mark_that_is_filled_over_the_edge_is_not_crossed_out(
    printed: Printed, layouts: dict[str, SheetLayout]
) -> None:
    """Between strokes that cross out is paper; a mark that is too large is dark all around."""
    place, value = ANSWERED[9]
    row = read_page(marked(printed, disc, (_ragged, place, value)), layouts).rows[place - 1]
    assert (row.read, row.state) == (value, "marked")


def test_a_mark_far_over_the_edge_is_as_dark_as_the_others_and_a_hole_is_not(
    printed: Printed, layouts: dict[str, SheetLayout]
) -> None:
    place, value = ANSWERED[9]
    for grey, state in ((60, "marked"), (15, "uncertain")):
        large: Pen = lambda image, at, grey=grey: disc(image, at, grey, radius=3.1)  # noqa: E731
        row = read_page(marked(printed, disc, (large, place, value)), layouts).rows[place - 1]
        assert row.state == state, grey


def test_short_strokes_over_the_edge_of_a_pencil_s_mark_belong_to_it_and_long_ones_cross_it_out(
    printed: Printed, layouts: dict[str, SheetLayout]
) -> None:
    """Where a person's marks differ as a pencil's do, strokes that reach a little over the edge of one that is
    no darker than the others belong to it. Strokes that run on are in doubt, however dark they are: of somebody
    who fills bubbles they may cross out."""
    place, value = ANSWERED[9]
    pressed = itertools.cycle((60, 75, 90, 105, 120))

    def row(half: int, grey: int) -> RowReading:
        def crossed(image: Grey, at: tuple[int, int]) -> None:
            disc(image, at, grey=90)
            cross(image, at, half=half, grey=grey)

        image = marked(
            printed, lambda image, at: disc(image, at, grey=next(pressed)), (crossed, place, value)
        )
        return read_page(image, layouts).rows[place - 1]

    short = row(12, 90)
    assert (short.read, short.state) == (value, "marked")
    for grey in (90, 20):
        long = row(20, grey)
        assert (long.state, long.doubt) == ("uncertain", "crossed"), grey


@pytest.mark.parametrize("of_others", [False, True])
def test_a_small_cross_over_a_mark_is_asked_about_unless_the_person_marks_so(
    printed: Printed, layouts: dict[str, SheetLayout], of_others: bool
) -> None:
    """Its strokes end just outside the bubble, and ink lies over ink: it is darker than the others."""
    place, value = ANSWERED[9]

    def over(image: Grey, at: tuple[int, int]) -> None:
        disc(image, at, grey=90)
        cross(image, at, half=10, grey=30)

    plain: Pen = over if of_others else lambda image, at: disc(image, at, grey=90)
    row = read_page(marked(printed, plain, (over, place, value)), layouts).rows[place - 1]
    assert row.state == ("marked" if of_others else "uncertain")


def test_a_letter_that_is_written_beside_a_question_with_no_mark_is_asked_about(
    printed: Printed, layouts: dict[str, SheetLayout]
) -> None:
    """Beside a mark it is a note; a streak down the page is no writing."""
    marked_ones = {place for place, _ in ANSWERED}
    answered, left = ANSWERED[9][0], next(n for n in range(1, 41) if n not in marked_ones)
    image = marked(printed, disc)
    for place in (answered, left):
        x, y = printed.middle(place, "D")
        cv2.putText(image, "A", (x + 28, y + 10), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 60, 2, cv2.LINE_AA)
    rows = read_page(image, layouts).rows
    assert (rows[left - 1].state, rows[left - 1].doubt) == ("uncertain", "beside")
    assert rows[answered - 1].state == "marked"
    image = marked(printed, disc)
    x, y = printed.middle(left, "D")
    cv2.rectangle(image, (x + 40, 0), (x + 46, image.shape[0] - 1), 120, -1)
    assert read_page(image, layouts).rows[left - 1].state == "blank"


def test_a_grain_in_a_place_of_the_number_that_is_empty_is_no_digit(
    printed: Printed, layouts: dict[str, SheetLayout]
) -> None:
    """A person fills a number of nine digits; something of 1.7 mm lies in the tenth place."""
    page, image = printed.layout.pages[0], marked(printed, disc)
    for place, value in enumerate("1000043477", 1):
        same = (page.group == NUMBER) & (page.place == place) & (np.array(page.value) == value)
        x, y = (page.bubbles[np.flatnonzero(same)[0]] * PER_MM).round().astype(int).tolist()
        disc(image, (x, y), radius=0.85 if place == 10 else 1.9)
    identity = read_page(image, layouts).identity
    assert (identity.number, identity.number_state) == ("100004347?", "uncertain")


def test_a_ring_around_one_of_two_marks_crosses_nothing_out(
    printed: Printed, layouts: dict[str, SheetLayout]
) -> None:
    """Who rings one of two full marks may mean that one, or not: the other is not read in its place."""
    place, value = ANSWERED[9]
    other = next(letter for letter in "ABCD" if letter != value)
    for radius in (3.2, 3.6):

        def ringed(image: Grey, at: tuple[int, int], radius: float = radius) -> None:
            disc(image, at)
            cv2.circle(image, at, round(radius * PER_MM), 60, 4, cv2.LINE_AA)

        image = marked(printed, disc, (disc, place, value), (ringed, place, other))
        assert read_page(image, layouts).rows[place - 1].state == "uncertain", radius


def test_a_digit_that_is_crossed_out_is_none_of_the_number(
    printed: Printed, layouts: dict[str, SheetLayout]
) -> None:
    """A person fills a number, and crosses out the last digit."""
    page, image = printed.layout.pages[0], marked(printed, disc)
    for place, value in enumerate("1000043477", 1):
        same = (page.group == NUMBER) & (page.place == place) & (np.array(page.value) == value)
        x, y = (page.bubbles[np.flatnonzero(same)[0]] * PER_MM).round().astype(int).tolist()
        disc(image, (x, y))
        if place == 9:
            cross(image, (x, y), half=26, grey=40)
    identity = read_page(image, layouts).identity
    assert (identity.number, identity.number_state) == ("10000434?7", "uncertain")


def test_of_two_marks_on_a_sheet_with_few_none_is_taken_for_noise(
    printed: Printed, layouts: dict[str, SheetLayout]
) -> None:
    image = printed.filled((3, "A"), (7, "B"), (12, "D"))
    disc(image, printed.middle(20, "B"), grey=120)
    disc(image, printed.middle(20, "C"), grey=135)
    row = read_page(image, layouts).rows[19]
    assert (row.read, row.state) == ("?", "uncertain")


def test_a_broad_line_around_a_bubble_is_not_its_paper(
    printed: Printed, layouts: dict[str, SheetLayout]
) -> None:
    def broad(image: Grey, at: tuple[int, int]) -> None:
        cv2.circle(image, at, 19, 30, 12, cv2.LINE_AA)

    row = read_page(marked(printed, disc, (broad, 38, "B")), layouts).rows[37]
    assert row.state == "uncertain"


def test_a_scan_whose_light_grey_has_become_white_is_read_by_its_marks(
    printed: Printed, layouts: dict[str, SheetLayout]
) -> None:
    """Rings and letters are gone; dark marks are not, and a blank row of somebody who marks darkly is blank."""
    image = marked(printed, disc)
    faded = np.clip((cv2.GaussianBlur(image, (0, 0), 1.0) - 30.0) * 2.3, 0, 255).astype(np.uint8)
    faded[-200:] = image[-200:]  # the strip of grey patches shows that it was scanned in grey
    reading = read_page(faded, layouts)
    assert reading.outcome == "read"
    read = {row.question: row.read for row in reading.rows}
    assert {n: read[n] for n in range(1, 37)} == dict(ANSWERED)
    assert [read[n] for n in range(37, 41)].count("") >= 3


def test_marks_drawn_above_all_bubbles_leave_no_row_blank(
    printed: Printed, layouts: dict[str, SheetLayout]
) -> None:
    image = marked(printed, lambda image, at: disc(image, (at[0], at[1] - 18), radius=1.6))
    assert not any(row.state == "blank" for row in read_page(image, layouts).rows[:36])


def test_a_streak_down_a_column_of_an_empty_sheet_is_no_answer(
    printed: Printed, layouts: dict[str, SheetLayout]
) -> None:
    image = printed.blank.copy()
    x, top = printed.middle(1, "C")
    stroke(image, (x, top - 60), (x + 1, printed.middle(20, "C")[1] + 60), 120, 4)
    rows = read_page(cv2.GaussianBlur(image, (0, 0), 0.6), layouts).rows
    assert not any(row.state == "marked" for row in rows)


def test_the_shadow_of_a_fold_is_no_answer_beside_a_few_marks(
    printed: Printed, layouts: dict[str, SheetLayout]
) -> None:
    """Most rows that hold anything hold the shadow; it is not how the person marks."""
    image = printed.blank.copy()
    x, top = printed.middle(1, "C")
    stroke(image, (x, top - 60), (x + 1, printed.middle(20, "C")[1] + 60), 210, 10)
    for place, value in ANSWERED[:7]:
        disc(image, printed.middle(place, value))
    rows = read_page(cv2.GaussianBlur(image, (0, 0), 1.5), layouts).rows
    assert not any(row.state == "marked" for row in rows[7:])


def test_a_bubble_that_stands_out_from_a_blank_row_is_the_one_in_doubt(
    printed: Printed, layouts: dict[str, SheetLayout]
) -> None:
    image, here = one_more(printed, 35, grey=170, radius=0.9)
    reading = read_page(image, layouts)
    assert (reading.rows[34].read, reading.rows[34].state) == ("?", "uncertain")
    assert reading.state[here].tolist() == [BLANK, BLANK, UNCERTAIN, BLANK]


def _noisy(image: Grey) -> Grey:
    noise = cv2.GaussianBlur(np.random.default_rng(1).normal(0, 90, image.shape), (0, 0), 2.0)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def test_on_a_noisy_sheet_the_thin_stroke_of_a_light_hand_is_not_blank(
    printed: Printed, layouts: dict[str, SheetLayout]
) -> None:
    image, (x, y) = printed.filled(*((n, "B") for n in range(1, 30)), grey=190), printed.middle(30, "B")
    cv2.line(image, (x - 8, y + 8), (x + 8, y - 8), 210, 3, cv2.LINE_AA)
    rows = {row.question: (row.read, row.state) for row in read_page(_noisy(image), layouts).rows}
    assert (rows[29], rows[30], rows[31]) == (("B", "marked"), ("?", "uncertain"), ("", "blank"))


def test_marks_as_faint_as_the_noise_of_a_sheet_are_no_blank_sheet(
    printed: Printed, layouts: dict[str, SheetLayout]
) -> None:
    image = printed.filled(*((n, "B") for n in range(1, 36)), grey=210, radius=0.8)
    assert {row.state for row in read_page(_noisy(image), layouts).rows} == {"uncertain"}
    assert {row.state for row in read_page(printed.filled(), layouts).rows} == {"blank"}


def test_where_most_is_blank_only_rows_that_hold_something_are_in_doubt(
    printed: Printed, layouts: dict[str, SheetLayout]
) -> None:
    told = {}
    for n_clear in (0, 8):
        image = printed.filled(*((n, "A") for n in range(10, 10 + n_clear)))
        for n in range(1, 4):
            x, y = printed.middle(n, "B")
            cv2.line(image, (x - 8, y + 8), (x + 8, y - 8), 150, 3, cv2.LINE_AA)
        told[n_clear] = Counter(row.state for row in read_page(image, layouts).rows)
    assert told == {0: {"uncertain": 3, "blank": 37}, 8: {"uncertain": 3, "marked": 8, "blank": 29}}


def test_rows_in_doubt_go_to_a_person_and_many_take_the_rest_with_them(
    printed: Printed, layouts: dict[str, SheetLayout]
) -> None:
    page = printed.layout.pages[0]
    image = printed.filled(*((n, "B") for n in range(1, 41)))
    for n, (x, y) in enumerate(page.bubbles[(page.group == ITEM) & (np.array(page.value) == "C")][:18]):
        cv2.circle(image, (round(x * PER_MM), round(y * PER_MM)), round(1.7 * PER_MM), 150, -1, cv2.LINE_AA)
        if n == 8:
            states = [row.state for row in read_page(image, layouts).rows]
            assert (states.count("uncertain"), states.count("marked")) == (9, 31)
        if n == 0:
            rows = {row.question: row for row in read_page(image, layouts).rows}
            assert (rows[1].read, rows[1].state, rows[1].margin < 0.1) == ("?", "uncertain", True)
            assert (rows[2].read, rows[2].state, rows[2].margin > 0.005) == ("B", "marked", True)
    states = [row.state for row in read_page(image, layouts).rows]
    assert set(states) == {"uncertain"}
    top, bottom, left, right = (round(v * PER_MM) for v in (111, 276, 18, 192))
    image[top:bottom, left:right] = 255
    assert outcome(image, layouts) == "too-many-doubtful-rows"


@pytest.mark.parametrize("mm", [2.2, -3.0])
def test_a_page_whose_columns_lie_beside_their_places_is_not_read(
    printed: Printed, layouts: dict[str, SheetLayout], mm: float
) -> None:
    """Bars and corners are where they should be; of a blank answer as of a marked one nothing may be said."""
    page = printed.layout.pages[0]
    image = printed.filled(*((n, "ABCD"[n % 4]) for n in range(1, 30, 3)))
    columns = np.unique(page.bubbles[page.group == ITEM, 0])
    left, right = (round((columns[1] + side) * PER_MM) for side in (-5, 5))
    top, bottom = (round(y * PER_MM) for y in (112, 276))
    image[top:bottom, left:right] = np.roll(image[top:bottom, left:right], round(mm * PER_MM), axis=1)
    assert outcome(image, layouts) == "circles-not-seen"


def test_a_sheet_is_read_without_one_corner_mark_or_without_its_code(
    printed: Printed, layouts: dict[str, SheetLayout]
) -> None:
    image = printed.filled((1, "A"), (40, "D"))
    whole = read_page(image, layouts)
    for name in (*CORNERS, "code"):
        reading = read_page(without(image, printed, name), layouts)
        assert (reading.outcome, reading.identity.code) == (
            "read",
            "missing" if name == "code" else "read",
        ), name
        assert [row.read for row in reading.rows] == [row.read for row in whole.rows]
        away = np.hypot(reading.x - whole.x, reading.y - whole.y)
        assert away.max() / PER_MM < 0.2, name
    assert outcome(without(without(image, printed, CORNERS[0]), printed, CORNERS[3]), layouts) != "read"


class Drawn(NamedTuple):
    """A disc in a bubble, away from its middle by `aside` mm; `grey` of 255."""

    place: int
    value: str
    grey: int = 60
    radius: float = 1.9
    aside: float = 0.0


def with_number(printed: Printed, image: Grey, *discs: Drawn) -> Grey:
    """The page with the number 1234567890123 in discs, but for the places of which discs are given."""
    page, image = printed.layout.pages[0], image.copy()
    given = {one.place for one in discs}
    usual = [Drawn(k, digit) for k, digit in enumerate("1234567890123", 1) if k not in given]
    for one in (*usual, *(disc for disc in discs if disc.value)):
        same = (page.group == NUMBER) & (page.place == one.place) & (np.array(page.value) == one.value)
        x, y = page.bubbles[np.flatnonzero(same)[0]] + np.array([one.aside, 0])
        at = round(x * PER_MM * 16), round(y * PER_MM * 16)
        cv2.circle(image, at, round(one.radius * PER_MM * 16), one.grey, -1, cv2.LINE_AA, 4)
    return image


def written_over(printed: Printed, image: Grey, place: int, value: str, grey: int) -> Grey:
    """A long stroke of a pen, 1.2 mm wide, through a bubble of the number."""
    page, image = printed.layout.pages[0], image.copy()
    same = (page.group == NUMBER) & (page.place == place) & (np.array(page.value) == value)
    x, y = page.bubbles[np.flatnonzero(same)[0]]
    ends = [(round((x + k) * PER_MM), round((y - 1.2 * k) * PER_MM)) for k in (-9, 9)]
    return np.asarray(cv2.line(image, ends[0], ends[1], grey, round(1.2 * PER_MM), cv2.LINE_AA), np.uint8)


def test_a_place_of_the_number_is_read_where_all_but_one_bubble_can_be_no_mark(
    printed: Printed, layouts: dict[str, SheetLayout]
) -> None:
    image = printed.filled(*((n, "B") for n in range(1, 31)))
    light = Drawn(4, "4", radius=1.0)
    erased = Drawn(4, "4"), Drawn(4, "9", grey=170)
    for discs in ((), (light,), erased, (Drawn(4, "4", aside=0.6), Drawn(4, "9", grey=180))):
        reading = read_page(with_number(printed, image, *discs), layouts)
        assert (reading.identity.number, reading.identity.number_state) == ("1234567890123", "marked"), discs
    doubtful = (
        (Drawn(4, "4"), Drawn(4, "9")),
        (Drawn(4, "4"), Drawn(4, "9", grey=110)),  # a second mark, lighter
        (Drawn(4, "4"), Drawn(4, "9", radius=1.0)),  # a second mark, smaller
        (Drawn(4, "4", aside=0.7), Drawn(4, "9", aside=0.9)),
        (Drawn(4, "4", grey=190),),  # all that is there may be what an eraser left
        (Drawn(4, "4", grey=150, radius=1.0),),  # small and pale: a hair, a grain
        (Drawn(4, "4", grey=60, radius=3.2),),  # a hole
        (Drawn(4, ""),),
    )
    for discs in doubtful:
        identity = read_page(with_number(printed, image, *discs), layouts).identity
        assert identity.number_state == "uncertain", discs
        assert identity.number in ("123?567890123", "123 567890123"), discs


def test_the_check_digit_of_a_national_number_is_that_of_the_list(printed: Printed) -> None:
    layouts = layouts_by_geometry([replace(printed.layout, number_check="thai_id")])
    image = printed.filled(*((n, "B") for n in range(1, 31)))
    for number in ("123456789012", "143456789012", "153456789012"):
        check = thai_id_check_digit(number)
        for digit in (check, (check + 1) % 10, (check + 9) % 10):
            said = [Drawn(2, number[1]), Drawn(13, str(digit))]
            identity = read_page(with_number(printed, image, *said), layouts).identity
            state = "marked" if digit == check else "check_wrong"
            assert (identity.number, identity.number_state) == (f"{number}{digit}", state)


def test_what_is_as_dark_as_the_marks_of_its_person_was_not_erased(
    printed: Printed, layouts: dict[str, SheetLayout]
) -> None:
    image = printed.filled(*((n, "B") for n in range(1, 31)), grey=180, radius=1.2)
    cv2.circle(image, printed.middle(30, "D"), round(1.9 * PER_MM), 40, -1, cv2.LINE_AA)
    others = [Drawn(k, str(k % 10), 180, 1.2) for k in range(1, 14) if k != 4]
    reading = read_page(
        with_number(printed, image, *others, Drawn(4, "9", 180, 1.2), Drawn(4, "4", 40)), layouts
    )
    assert reading.identity.number_state == "uncertain"
    assert [row.read for row in reading.rows][29] == "?"


def crossed_out(printed: Printed, image: Grey, bubble: int) -> Grey:
    """A cross over a bubble that leaves it on all sides."""
    (x, y), image = printed.layout.pages[0].bubbles[bubble], image.copy()
    for side in (-1, 1):
        ends = [(round((x + k * 2.6) * PER_MM), round((y + side * k * 2.6) * PER_MM)) for k in (-1, 1)]
        cv2.line(image, ends[0], ends[1], 25, round(0.7 * PER_MM), cv2.LINE_AA)
    return image


def test_beside_a_mark_that_may_be_crossed_out_a_thin_stroke_may_be_the_answer(
    printed: Printed, layouts: dict[str, SheetLayout]
) -> None:
    page = printed.layout.pages[0]

    def at(group: int, place: int, value: str) -> int:
        same = (page.group == group) & (page.place == place) & (np.array(page.value) == value)
        return int(np.flatnonzero(same)[0])

    image = with_number(printed, printed.filled(*((n, "B") for n in range(1, 31))))
    for bubble, other in ((at(NUMBER, 4, "4"), at(NUMBER, 4, "9")), (at(ITEM, 7, "B"), at(ITEM, 7, "D"))):
        image = crossed_out(printed, image, bubble)
        x, y = page.bubbles[other]
        ends = [(round((x + 0.3 * k) * PER_MM), round((y + k) * PER_MM)) for k in (-1, 1)]
        cv2.line(image, ends[0], ends[1], 90, round(0.45 * PER_MM), cv2.LINE_AA)
    reading = read_page(image, layouts)
    assert reading.identity.number == "123?567890123"
    assert [row.question for row in reading.rows if row.state == "uncertain"] == [7]


def test_a_stroke_that_touches_a_bubble_from_outside_may_be_the_answer(
    printed: Printed, layouts: dict[str, SheetLayout]
) -> None:
    page = printed.layout.pages[0]
    image = printed.filled(*((n, "B") for n in range(1, 31)))
    same = (page.group == ITEM) & (page.place == 36) & (np.array(page.value) == "C")
    x, y = page.bubbles[np.flatnonzero(same)[0]]
    ends = [(round((x + 2.2 * side) * PER_MM), round((y - 2.4 - 0.3 * side) * PER_MM)) for side in (-1, 1)]
    cv2.line(image, ends[0], ends[1], 110, round(0.5 * PER_MM), cv2.LINE_AA)
    reading = read_page(image, layouts)
    assert [row.question for row in reading.rows if row.state == "uncertain"] == [36]


def test_writing_across_the_number_is_no_digit_and_across_a_blank_row_no_answer(
    printed: Printed, layouts: dict[str, SheetLayout]
) -> None:
    image = printed.filled(*((n, "B") for n in range(1, 31)))
    for grey in (60, 20):
        over = written_over(printed, with_number(printed, image), 6, "2", grey)
        assert read_page(over, layouts).identity.number == "1234567890123"
        instead = written_over(printed, with_number(printed, image, Drawn(6, "")), 6, "2", grey)
        assert read_page(instead, layouts).identity.number[5] in "? "
    page = printed.layout.pages[0]
    for filled in (image, printed.blank):
        for value in "ABCD":
            same = (page.group == ITEM) & (page.place == 36) & (np.array(page.value) == value)
            x, y = page.bubbles[np.flatnonzero(same)[0]]
            over = filled.copy()
            for k in (-1.1, 1.1):  # two strokes of a letter
                ends = [(round((x + k + 2 * j) * PER_MM), round((y - 5 * j) * PER_MM)) for j in (-1, 1)]
                cv2.line(over, ends[0], ends[1], 40, round(1.3 * PER_MM), cv2.LINE_AA)
            rows = {row.question: row for row in read_page(over, layouts).rows}
            assert {rows[n].state for n in (35, 36, 37)} <= {"uncertain", "blank"}
            assert rows[36].state == "uncertain"


# ── strained paper ──


def strained(
    image: Grey, normal: tuple[float, float], at: float, over: float, lost: float
) -> tuple[Grey, Points]:
    """A picture whose paper is moved along `normal` by `lost` mm, little by little from `at` on over `over` mm;
    and the map from its pixels to those of the sheet."""
    across = np.array(normal) / np.hypot(*normal)
    pixels = np.stack(np.meshgrid(*(np.arange(side, dtype=np.float64) for side in image.shape[::-1])), axis=2)
    share = np.clip(((pixels @ across) / PER_MM - at) / over, 0, 1)
    of_sheet = pixels + (lost * PER_MM * share**2 * (3 - 2 * share))[..., None] * across
    x, y = of_sheet.astype(np.float32).transpose(2, 0, 1)
    return np.asarray(cv2.remap(image, x, y, cv2.INTER_CUBIC, borderValue=255), np.uint8), of_sheet


@pytest.mark.parametrize(
    ("normal", "at", "over", "lost"),
    [((0.03, 1.0), 179.0, 5.0, 1.2), ((-0.04, 1.0), 52.0, 3.0, -0.9), ((1.0, 0.1), 90.0, 4.0, 0.9)],
)
def test_bubbles_that_a_slip_or_a_fold_tears_are_found(
    printed: Printed,
    layouts: dict[str, SheetLayout],
    normal: tuple[float, float],
    at: float,
    over: float,
    lost: float,
) -> None:
    page = printed.layout.pages[0]
    image, of_sheet = strained(printed.filled((3, "A"), (12, "C")), normal, at, over, lost)
    reading = read_page(image, layouts)
    assert reading.outcome == "read"
    shown = cv2.remap(of_sheet, reading.x, reading.y, cv2.INTER_LINEAR).reshape(-1, 2)
    # pdfium stretches a page to whole pixels
    size = printed.layout.width, printed.layout.height
    away = np.hypot(*((shown + 0.5) * size / image.shape[::-1] - page.bubbles).T)
    assert away.max() < 0.2


def test_bubbles_of_the_form_are_found_where_they_alone_are_moved(
    printed: Printed, layouts: dict[str, SheetLayout]
) -> None:
    """Between a fold and the edge of the page they may be the only ones."""
    page, image, moved = printed.layout.pages[0], printed.blank.copy(), 4
    of_form = page.bubbles[page.group == FORM]
    (left, top), (right, bottom) = (
        np.round(at * PER_MM).astype(int) for at in (of_form.min(axis=0) - 4, of_form.max(axis=0) + 4)
    )
    image[top:bottom, left:right] = np.roll(image[top:bottom, left:right], -moved, axis=1)
    reading = read_page(image, layouts)
    assert reading.outcome == "read"
    size = printed.layout.width, printed.layout.height
    there = page.bubbles / size * image.shape[::-1] - 0.5 - np.outer(page.group == FORM, (moved, 0))
    assert np.hypot(*(np.stack((reading.x, reading.y), axis=1) - there).T).max() < 0.2 * PER_MM


# ── simulated scans ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("level", some(range(6), 3))
def test_what_is_read_without_a_doubt_is_what_was_marked(
    printed: Printed, layouts: dict[str, SheetLayout], level: int
) -> None:
    """Two pages a level; docs/scanning.md has the figures of thousands."""
    layout = printed.layout
    size = round(layout.width * 300 / 25.4), round(layout.height * 300 / 25.4)
    raster = np.asarray(cv2.resize(printed.blank, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    answers = [("A", "B", "C", "D", "", "B")[n % 6] for n in range(40)]
    for sheet in range(2):
        side = side_of(layout, layout.pages[0], sheet, "", "1234567890123", "B", answers)
        scan = simulated_page(side, raster, SimulationOptions(level, 17))
        decoded = decode(scan.scan.page.jpeg)
        assert decoded is not None
        image, scale = decoded
        reading = read_page(image, layouts, scale)
        assert (reading.outcome, reading.rotation) == ("read", scan.scan.rotation)
        truth = dict(enumerate(said(layout.pages[0], scan.counts, ITEM), 1))
        sure = [row for row in reading.rows if row.state != "uncertain"]
        assert len(sure) > 30
        assert {row.question: row.read for row in sure} == {row.question: truth[row.question] for row in sure}
        away = np.hypot(reading.x - scan.xy[:, 0], reading.y - scan.xy[:, 1]) * 25.4 / scan.scan.page.dpi
        assert np.quantile(away, 0.95) < 0.2
        number = "".join(said(layout.pages[0], scan.counts, NUMBER))
        assert reading.identity.number_state == "uncertain" or reading.identity.number == number


@pytest.mark.parametrize("sheet", some([0, 6, 7, 12], 2))
def test_bubbles_beside_folds_and_slips_lie_where_one_of_their_parts_does(
    printed: Printed, layouts: dict[str, SheetLayout], sheet: int
) -> None:
    """What a fold or a slip crosses lies in several places; what stands beside it, marked or not, in one."""
    layout = printed.layout
    size = round(layout.width * 300 / 25.4), round(layout.height * 300 / 25.4)
    raster = np.asarray(cv2.resize(printed.blank, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    answers = [("A", "B", "C", "D", "", "B")[n % 6] for n in range(40)]
    side = side_of(layout, layout.pages[0], sheet, "", "1234567890123", "B", answers)
    scan = simulated_page(side, raster, SimulationOptions(4, 17))
    decoded = decode(scan.scan.page.jpeg)
    assert decoded is not None
    image, scale = decoded
    reading = read_page(image, layouts, scale)
    one, other = scan.ends.transpose(1, 0, 2)
    found, along = np.stack((reading.x, reading.y), axis=1) - one, other - one
    share = np.clip((found * along).sum(axis=1) / np.maximum((along**2).sum(axis=1), 1e-9), 0, 1)
    away = np.hypot(*(found - share[:, None] * along).T) * 25.4 / scan.scan.page.dpi
    assert away.max() < 0.2


@pytest.mark.parametrize("shape", [(1,), (2,), (7,), (120,), (9, 5), (4, 80), (3, 1)])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_medians_are_those_of_numpy_to_the_last_bit(shape: tuple[int, ...], kind: type) -> None:
    values = np.random.default_rng(7).normal(0, 100, shape).astype(kind)
    ours, theirs = median(values), np.median(values, axis=-1)
    assert np.array_equal(ours, theirs)
    assert ours.dtype == theirs.dtype
    assert np.isnan(median(values[..., :0])).all()


def test_percentiles_of_grey_levels_are_those_of_numpy_to_the_last_bit() -> None:
    random = np.random.default_rng(7)
    for _ in range(500):
        grey = random.integers(0, random.integers(2, 257), random.integers(1, 60, 2)).astype(np.uint8)
        assert percentiles(grey, (1.0, 85.0)) == np.percentile(grey, (1.0, 85.0)).tolist()


@pytest.mark.parametrize("sheet", [{}, {"schema": SCHEMA, "version": VERSION}])
def test_what_a_sheet_lacks_is_told_in_thai_as_well(sheet: dict[str, object]) -> None:
    with pytest.raises(LayoutError) as refused:
        sheet_layout(sheet)
    said = refused.value.args[0]
    assert in_language(said, "th") != said
