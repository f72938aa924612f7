"""An analysis page as it stands: words, tables and figures, read from its HTML."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from bs4 import BeautifulSoup, Tag


def said(element: Tag) -> str:
    """The words of an element, single-spaced, without the marks that hold words together."""
    return re.sub(r"\s+", " ", element.get_text(" ").replace("\u2060", "").replace("\u200b", "")).strip()


def number(text: str) -> float:
    """A number with a real minus sign."""
    return float(text.replace("−", "-").replace(",", ""))


class Line(NamedTuple):
    """Of a figure."""

    x1: float
    y1: float
    x2: float
    y2: float
    dashed: bool
    stroke: str


class Figure:
    """An SVG: what it tells, and what is drawn."""

    def __init__(self, svg: Tag) -> None:
        self.told = str(svg.find("desc").get_text())  # type: ignore[union-attr]
        self.texts = [
            (float(t["x"]), float(t["y"]), t.get_text()) for t in svg.find_all("text") if t.has_attr("x")
        ]  # type: ignore[arg-type]
        self.lines = [
            Line(
                *(float(one[end]) for end in ("x1", "y1", "x2", "y2")),
                one.has_attr("stroke-dasharray"),
                str(one.get("stroke")),
            )  # type: ignore[arg-type]
            for one in svg.find_all("line")
        ]
        self.rects = [{k: str(v) for k, v in one.attrs.items()} for one in svg.find_all("rect")]
        self.dots = [(float(one["cx"]), float(one["cy"])) for one in svg.find_all("circle")]  # type: ignore[arg-type]
        self.curves = [
            [tuple(map(float, pair.split(","))) for pair in str(one["points"]).split()]
            for one in svg.find_all("polyline")
        ]

    def scale(self, across: bool) -> tuple[float, float]:
        """Of the axis below (its ticks are centred over their numbers) or at the left: place = a + b value."""
        found = []
        for x, y, words in self.texts:
            if not re.fullmatch(r"−?\d+(\.\d+)?", words):
                continue
            near = (
                [
                    one
                    for one in self.lines
                    if (abs(one.x1 - x) < 0.02 and one.x1 == one.x2 and 10 < y - one.y1 < 20)
                ]
                if across
                else [
                    one
                    for one in self.lines
                    if one.y1 == one.y2 and abs(y - 3.5 - one.y1) < 0.02 and x < one.x1
                ]
            )
            if near:
                found.append((number(words), near[0].x1 if across else near[0].y1))
        (v0, p0), (v1, p1) = min(found), max(found)
        b = (p1 - p0) / (v1 - v0)
        return p0 - b * v0, b


class ItemPage(NamedTuple):
    """The section of an item."""

    where: str
    options: dict[str, tuple[str, ...]]
    """By option: n, %, r, mean."""
    keys: list[str]
    figures: dict[str, tuple[str, str]]
    """By name in English: value, and what stands below it."""
    plots: list[Figure]
    todo: list[str]


class AnalysisPage:
    """Everything that the page says."""

    def __init__(self, path: Path) -> None:
        soup = BeautifulSoup(path.read_text("utf-8"), "html.parser")
        for mark in soup.find_all("span"):
            if mark.get("class") == ["unbroken"]:
                mark.unwrap()
            elif not mark.get_text().strip("\u2060\u200b"):
                mark.decompose()
        soup.smooth()
        self.facts = said(soup.select_one(".facts"))  # type: ignore[arg-type]
        self.notices = [said(one) for one in soup.select("header .draft")]
        self.tiles = [said(one) for one in soup.select(".tile")]
        self.alarms = [(said(one), Figure(one.select_one("svg"))) for one in soup.select(".alarm")]  # type: ignore[arg-type]
        self.forms = {
            said(row.find("th")): [said(cell) for cell in row.find_all("td")]  # type: ignore[arg-type]
            for row in soup.select("table.forms tbody tr")
        }
        self.words = [said(one) for one in soup.select("body > p.note")]
        self.plots = {
            said(one.find("figcaption")): (Figure(one.find("svg")), said(p) if (p := one.find("p")) else "")  # type: ignore[arg-type]
            for one in soup.select("body > .pair > figure")
        }
        self.table = {
            said(row.find("th")): ([said(c) for c in row.find_all("td")[:-1]], said(row.find_all("td")[-1]))  # type: ignore[arg-type]
            for row in soup.select("table.items tbody tr")
        }
        self.limits = [said(one) for one in soup.select("body > ul.todo li")]
        self.items = {said(s.find("h3")).split(" ")[0]: _item(s) for s in soup.select("section.item")}  # type: ignore[arg-type]


def _item(section: Tag) -> ItemPage:
    rows = section.select("table.options tbody tr")
    names = {said(row.find("th")).removesuffix(" •"): row for row in rows}  # type: ignore[arg-type]
    figures = {}
    for one in section.select(".numbers > span"):
        below = one.find("small")
        english = one.select_one("[lang=en]")
        value = said(one.find("b"))  # type: ignore[arg-type]
        name = said(english) if english else said(one).split(" ")[0]
        figures[name] = (value, said(below) if below else "")
    return ItemPage(
        said(section.select_one(".where")),  # type: ignore[arg-type]
        {name: tuple(said(cell) for cell in row.find_all("td")[-4:]) for name, row in names.items()},
        [name for name, row in names.items() if "key" in (row.get("class") or [])],
        figures,
        [Figure(svg) for svg in section.select("svg")],
        [said(one) for one in section.select("ul.todo li")],
    )
