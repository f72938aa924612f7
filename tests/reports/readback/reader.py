"""A report as HTML → what a reader finds in it: sections, sentences, tables, figures, and every number in them.

Nothing of examgen is used here. Every text of the page (sentences, cells, words of figures, names and labels
that are only heard) is a `Passage`. A test *claims* a passage by saying what stands in it; `Page.unclaimed`
are the passages with a number that nothing claimed:

    page = Page(html)
    part = page.section("Scores", "คะแนน")          # by its heading, in whatever language
    page.inside(part, "p")[0].tells("52.8", "50.2")  # a sentence: its numbers in their order
    page.tables(part)[0].rows[0].say("1/3", "33.3 %")  # a line of a table: its cells after the first
    assert not page.unclaimed()
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString, PageElement, PreformattedString

from tests.reports.readback.pieces import Figure, Meter, Passage, Row, Shape, Table, Word, numbers, plain

__all__ = [
    "Figure", "Meter", "Page", "Passage", "Row", "Shape", "Table", "Word", "below", "meters", "numbers", "plain",
]  # fmt: skip

_BLOCKS = {
    "p", "li", "td", "th", "dt", "dd", "h1", "h2", "h3", "h4", "figcaption", "caption", "title", "desc", "text",
    "tspan", "div", "section", "header", "footer", "main", "figure", "nav", "ul", "ol", "dl", "table", "tr",
    "thead", "tbody", "svg", "body", "head", "html", "[document]", "details", "summary", "label",
}  # fmt: skip
_HEARD = ("aria-label", "aria-description", "alt", "title", "data-running", "content", "value", "placeholder")
_UNSEEN = {"style", "script"}


@dataclass
class Page:
    """A report as HTML."""

    html: str
    passages: list[Passage] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.root = BeautifulSoup(re.sub(r"<style>.*?</style>", "", self.html, flags=re.DOTALL), "lxml")
        self._texts: dict[int, Passage] = {}
        self._steps: dict[int, str] = {}
        self._collect()

    # ── finding ──────────────────────────────────────────────────────────────────────────────

    def at(self, element: Tag | None) -> Passage:
        """The text that stands in an element itself, not in the blocks below it."""
        assert element is not None, "no such element"
        return self._texts.get(id(element)) or Passage(self._place(element), "")

    def heard(self, element: Tag) -> list[Passage]:
        """The labels within an element that are only heard."""
        inside = f"{self._place(element)}"
        return [one for one in self.passages if "@" in one.place and one.place.startswith(inside)]

    def section(self, *headings: str) -> Tag:
        """The part whose heading has one of these words."""
        for heading in below(self.root, "h2"):
            if any(words in self.at(heading).text for words in headings):
                found = heading.find_parent("section")
                assert isinstance(found, Tag)
                return found
        raise AssertionError(f"no heading says {' or '.join(headings)}")

    def has_section(self, *headings: str) -> bool:
        """Whether a heading has one of these words."""
        return any(words in self.at(one).text for one in self.root.find_all("h2") for words in headings)

    def inside(self, element: Tag, *names: str) -> list[Passage]:
        """Passages of elements of these names within one, in their order, those without words left out."""
        found = [self.at(one) for one in below(element, *names)]
        return [one for one in found if one.text]

    def table(self, element: Tag) -> Table:
        """A table, read."""
        head = element.find("thead")
        lines = below(head, "tr") if isinstance(head, Tag) else []
        body = [row for row in below(element, "tr") if not any(row is one for one in lines)]
        heads = [self.at(cell) for cell in (below(lines[0], "th") if lines else [])]
        return Table(element, heads, [self._row(row) for row in body], [self._row(row) for row in lines[1:]])

    def tables(self, within: Tag) -> list[Table]:
        """The tables within an element."""
        return [self.table(one) for one in below(within, "table")]

    def _row(self, row: Tag) -> Row:
        cells = below(row, "th", "td")
        return Row(row, self.at(cells[0]), [self.at(one) for one in cells[1:]], cells[1:])

    def figures(self, within: Tag) -> list[Figure]:
        """The figures within an element."""
        return [self.figure(one) for one in below(within, "svg")]

    def figure(self, svg: Tag) -> Figure:
        """A figure, read."""
        _, _, width, height = (float(n) for n in str(svg["viewbox"]).split())
        title, description = (svg.find(name) for name in ("title", "desc"))
        return Figure(
            svg,
            self.at(title) if isinstance(title, Tag) else None,
            self.at(description) if isinstance(description, Tag) else None,
            width,
            height,
            [self._word(one) for one in below(svg, "text")],
            [_shape(one) for one in below(svg, "rect", "line", "circle", "path", "polyline")],
        )

    def _word(self, element: Tag) -> Word:
        moved = re.match(r"translate\(([-\d.]+) ([-\d.]+)\)", str(element.get("transform", "")))
        x, y = (float(n) for n in moved.groups()) if moved else (0.0, 0.0)
        x, y = x + float(str(element.get("x", "0"))), y + float(str(element.get("y", "0")))
        return Word(x, y, str(element.get("text-anchor", "start")), self.at(element), element)

    def unclaimed(self) -> list[str]:
        """Where numbers stand that nobody has claimed, and what stands there; figures of several words are
        held as they are drawn (`test_figures.py`)."""
        return [
            f"{one.place}: {one.text}"
            for one in self.passages
            if one.numbers and not one.is_claimed and not re.search(r"\bsvg\b", one.place)
        ]

    # ── collecting ───────────────────────────────────────────────────────────────────────────

    def _place(self, element: Tag) -> str:
        """Where an element stands, step by step from the page."""
        steps: list[str] = []
        for one in (element, *element.parents):
            if isinstance(one, Tag) and one.name not in ("html", "[document]"):
                if id(one) not in self._steps:
                    self._steps[id(one)] = _step(one)
                steps.append(self._steps[id(one)])
        return " > ".join(step for step in reversed(steps) if step)

    def _collect(self) -> None:
        texts: dict[int, tuple[Tag, list[str], list[str]]] = {}
        for node in self.root.descendants:
            if isinstance(node, Tag):
                for name in _HEARD if node.get("name") != "viewport" else ():
                    if said := plain(str(node.get(name) or "")):
                        self.passages.append(Passage(f"{self._place(node)}@{name}", said))
            if (text := _words_of(node)) is None:
                continue
            block = _block(node)
            _, all_of, english = texts.setdefault(id(block), (block, [], []))
            all_of.append(text)
            if _is_english(node, block):
                english.append(text)
        for key, (block, all_of, english) in texts.items():
            if said := plain("".join(all_of)):
                self._texts[key] = Passage(self._place(block), said, plain("".join(english)))
                self.passages.append(self._texts[key])


def below(element: Tag, *names: str) -> list[Tag]:
    """The elements of these names within one, in their order."""
    return [one for one in element.descendants if type(one) is Tag and one.name in names]


def meters(within: Tag) -> list[Meter]:
    """The bars in cells, within an element."""
    return [_meter(one) for one in within.find_all("div", class_="meter")]


def _meter(element: Tag) -> Meter:
    styles = [str(one["style"]) for one in element.find_all(["i", "b"])]
    found = dict(re.findall(r"([a-z]+): ([\d.]+)%", styles[1]))
    (share,) = re.findall(r"width: ([\d.]+)%", styles[0])
    return Meter(float(share), float(found["left"]), float(found["width"]))


def _words_of(node: PageElement) -> str | None:
    if isinstance(node, Tag):
        return " " if node.name == "br" else None
    if isinstance(node, PreformattedString) or not isinstance(node, NavigableString):
        return None
    parent = node.parent
    return None if parent is None or parent.name in _UNSEEN else str(node)


def _block(node: PageElement) -> Tag:
    found = next(one for one in node.parents if one.name in _BLOCKS)
    assert isinstance(found, Tag)
    return found


def _is_english(node: PageElement, block: Tag) -> bool:
    for one in node.parents:
        if one is block:
            return False
        if one.get("lang") == "en":
            return True
    return False


def _step(one: Tag) -> str:
    """Where an element stands in the one around it, as a person says it: heading of the section, row, column."""
    if one.name in ("main", "body", "tbody"):
        return ""
    if one.name == "section":
        heading = one.find(["h2", "h3"])
        return plain(heading.get_text()) if isinstance(heading, Tag) else "section"
    if one.name == "tr":
        head = one.find(["th", "td"])
        return f"row {plain(head.get_text())[:40]}" if isinstance(head, Tag) else "row"
    if one.name in ("td", "th"):
        return f"column {_before(one, 'td', 'th') + 1}"
    before = _before(one, one.name)
    return f"{one.name} {before + 1}" if before else one.name


def _before(one: Tag, *names: str) -> int:
    return sum(isinstance(other, Tag) and other.name in names for other in one.previous_siblings)


_SIZES = ("x", "y", "width", "height", "x1", "y1", "x2", "y2", "cx", "cy", "r")


def _shape(element: Tag) -> Shape:
    at = {name: float(str(element[name])) for name in _SIZES if name in element.attrs}
    points = re.findall(r"([-\d.]+),([-\d.]+)", str(element.get("points", "")))
    if element.name == "path":
        points = re.findall(r"^M([-\d.]+) ([-\d.]+)", str(element["d"]))
    paint = {name: str(value) for name, value in element.attrs.items() if name not in (*_SIZES, "points")}
    return Shape(str(element.name), at, tuple((float(x), float(y)) for x, y in points), paint)
