"""What the report of one candidate must say, from the files of the run: every number in its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import product

from tests.reports.readback.frame import claim_fixed, claim_frame, near
from tests.reports.readback.raw import Line, Place, Raw
from tests.reports.readback.reader import Figure, Page
from tests.reports.readback.speech import Tongue, short

STANDING = {
    "scaled": ("คะแนนมาตรฐาน", "Scaled score"),
    "rank": ("ลำดับที่", "Rank"),
    "percentile": ("ตำแหน่งเปอร์เซ็นไทล์", "Percentile rank"),
    "t_score": ("คะแนนที", "T-score"),
    "criteria_met": ("เกณฑ์ที่ผ่าน", "Criteria met"),
    "met_of_asked": ("ร้อยละของเกณฑ์ที่วัด", "Per cent of those asked"),
    "met_of_all": ("ร้อยละของเกณฑ์ทั้งหมด", "Per cent of all"),
}
PLACES = {"centre": ("ศูนย์สอบ", "Centre"), "room": ("ห้อง", "Room"), "seat": ("ที่นั่ง", "Seat")}


def claim_candidate(
    page: Page, raw: Raw, tongue: Tongue, candidate_id: str, day: tuple[str, str] | None = None
) -> None:
    """Claims every number of the page; `day` is the date that was asked for, in Thai and in English."""
    (person,) = (one for one in raw.candidates if one["candidate_id"] == candidate_id)
    claim_frame(page, raw, tongue, candidate_id)
    one = CandidateOracle(page, raw, tongue, person)
    one.head(day)
    one.verdict()
    one.lines()
    one.work_on()
    claim_fixed(page, tongue)


class CandidateOracle:
    """The claims of one page."""

    def __init__(self, page: Page, raw: Raw, tongue: Tongue, person: Line) -> None:
        self.page, self.raw, self.tongue, self.person = page, raw, tongue, person
        self.score, self.most = Decimal(person["score"]), Decimal(person["max_score"])
        self.results = [(place, raw.line(person, place)) for place in raw.places()]

    def head(self, day: tuple[str, str] | None) -> None:
        """Who it is."""
        person, tongue = self.person, self.tongue
        (header,) = self.page.root.find_all("header")
        if person.get("name"):
            self.page.inside(header, "p")[1].says(person["name"])
        centre = self.raw.centre(person)
        where = {"centre": centre, "room": person.get("room", ""), "seat": person.get("seat", "")}
        if where["room"] == centre:
            where["room"] = ""
        expected = [(tongue.label("Candidate number"), [person["candidate_id"]])]
        expected += [(tongue.pair(*PLACES[key]), [said]) for key, said in where.items() if said]
        expected += [(tongue.label("Form"), [person["form"]])]
        if day is not None:
            expected.append((tongue.label("Date"), tongue.pair(tongue.figures(day[0]), day[1])))
        names, values = (self.page.inside(header, tag) for tag in ("dt", "dd"))
        for name, value, (ways, said) in zip(names, values, expected, strict=True):
            tongue.one_of(name, ways)
            tongue.one_of(value, said)

    # ── the total ────────────────────────────────────────────────────────────────────────────

    def verdict(self) -> None:
        """Decision, score, its bar, the pass rule, how sure it is."""
        tongue, person = self.tongue, self.person
        part = self.page.section(
            tongue.heading("Decision and score") if person["decision"] else tongue.heading("Score")
        )
        tiles = [self.page.at(one) for one in part.find_all("p", class_="tile")]
        if person["decision"]:
            tongue.one_of(tiles.pop(0), tongue.decision(person["decision"]))
        score, most = short(person["score"]), short(person["max_score"])
        tongue.labels(tiles.pop(0), "points", before=tongue.figures(f"{score} / {most}"))
        tongue.labels(tiles.pop(0), "of all points", before=tongue.figures(f"{short(person['percent'])} %"))
        standing = [key for key in STANDING if person.get(key)]
        for tile, key in zip(tiles, standing, strict=True):
            value = tongue.figures(short(person[key]))
            tongue.one_of(tile, [f"{value} {name}" for name in tongue.pair(*STANDING[key])])
        cut, sem = self.raw.cut(person["max_score"]), self._error()
        low, high = max(self.score - sem, Decimal(0)), min(self.score + sem, self.most)
        sure: tuple[str, dict[str, object]] = ("very end of the scale", {})
        if sem:
            values: dict[str, object] = {"low": _whole(low), "high": _whole(high), "error": _rounded(sem, 1)}
            sure = ("standard error of measurement", values)
        said = [one for one in self.page.inside(part, "p") if not one.is_claimed and one.numbers]
        if self.raw.rule is not None:
            ways = [tongue.label("To pass"), *self._rule(cut)]
            tongue.one_of(said.pop(0), [f"{first}: {'; '.join(rest)}" for first, *rest in product(*ways)])
        if sem:
            tongue.one_of(said.pop(0), tongue.ways(sure[0], **sure[1]))
        (marks,) = said
        tongue.tells(marks, **{key: person[key] for key in ("answered", "blank", "multiple", "invalid")})
        (figure,) = self.page.figures(part)
        assert figure.title is not None
        assert figure.description is not None
        one_language = tongue._replace(lang="en" if tongue.lang == "en" else "th")
        said_once = "Score {} of {}" if tongue.lang == "en" else "คะแนน {} จาก {}"
        figure.title.says(said_once.format(tongue.figures(score), tongue.figures(most)))
        one_language.one_of(figure.description, one_language.ways(sure[0], **sure[1]))
        shares = [float(of / self.most) for of in (self.score, low, high)]
        check_bar(figure, shares[0], shares[1:], None if cut is None else float(cut / self.most))

    def _error(self) -> Decimal:
        """One standard error of measurement of the score; 0 at nought and at all points by Lord's formula."""
        found = self.raw.sem(self.score, self.person["max_score"], self.person["form"])
        return found or Decimal(0)

    def _rule(self, cut: Decimal | None) -> Iterator[list[str]]:
        rule, tongue = self.raw.rule, self.tongue
        assert rule is not None
        assert cut is not None
        yield tongue.ways(
            percent=short(str(rule["percent"])), cut=short(cut), most=short(self.person["max_score"])
        )
        for pattern, percent in rule["criteria"].items():
            yield tongue.ways(percent=short(str(percent)), pattern=pattern)
        if rule["at_least"]:
            wanted = rule["at_least"]
            yield tongue.ways(wanted["of"], met=wanted["met"], percent=short(str(wanted["percent"])))

    # ── the standard ─────────────────────────────────────────────────────────────────────────

    def lines(self) -> None:
        """A line for each unit, element and criterion."""
        part = self.page.section(self.tongue.heading("Results by the standard"))
        (table,) = self.page.tables(part)
        judgement = self.raw.judgement
        for line, ((_, code, text, _), row) in zip(table.rows, self.results, strict=True):
            line.head.says(f"{code} {text}")
            bar, share, tally, status = line.cells
            bar.says("")
            self.tongue.one_of(status, self.tongue.status(row["status"]))
            figures = self.page.figures(line.element)
            if not row["percent"]:
                share.says("−")
                tally.says("−")
                assert not figures
                continue
            span = f"{_whole(Decimal(row['low']))}–{_whole(Decimal(row['high']))}"
            said = self.tongue.figures(f"{short(row['percent'])} % ({span})")
            share.says(said)
            self.tongue.one_of(tally, self._tally(row))
            (figure,) = figures
            assert figure.title is not None
            figure.title.says(said)
            met_from = float(judgement["units"].get(row["unit"], judgement["percent"])) / 100
            low, high = float(row["low"]) / 100, float(row["high"]) / 100
            check_bar(figure, float(row["percent"]) / 100, (low, high), met_from)
        notes = [one for one in self.page.inside(part, "p") if one.numbers]
        self.tongue.tells(notes.pop(0), confidence=short(str(judgement["confidence"])))
        if any(row["status"] == "insufficient" for _, row in self.results):
            self.tongue.tells(notes.pop(0), n=judgement["min_items"])
        assert not notes

    def _tally(self, row: Line) -> list[str]:
        n = int(row["asked"])
        own = self.raw.scales(row["level"], row[row["level"]], self.person["form"])
        most = max(Decimal(one["correct"]) for one in own)
        points = short(row["correct"])
        if most != n:
            return self.tongue.ways(points=points, most=short(most), n=n)
        return self.tongue.ways(points=points) if n == 1 else self.tongue.ways(points=points, n=n)

    def work_on(self) -> None:
        """What is not met and has nothing in it that was judged, in the order of the standard; the lists of
        the unit."""
        part = self.page.section(self.tongue.heading("What to work on"))
        judged = {place: row["status"] for place, row in self.results if row["status"] in ("met", "not_met")}
        missed = [
            place
            for place, status in judged.items()
            if status == "not_met" and not any(_is_within(one, place) for one in judged)
        ]
        said = self.page.inside(part, "li")
        for passage, (_, code, text, _) in zip(said[: len(missed)], missed, strict=True):
            passage.says(f"▲ {code} {text}")
        lists = [entry for unit in self.raw.units for key in ("skills", "knowledge") for entry in unit[key]]
        assert len(self.raw.units) == 1, "the oracle knows one unit"
        for passage, entry in zip(said[len(missed) :], lists if missed else [], strict=True):
            passage.says(entry)


def _is_within(one: Place, whole: Place) -> bool:
    """Whether a place is a part of another."""
    levels = ("unit", "element", "pc")
    return levels.index(one[0]) > levels.index(whole[0]) and set(one[3]) <= set(whole[3])


# ── bars ─────────────────────────────────────────────────────────────────────────────────────


def check_bar(figure: Figure, share: float, interval: Sequence[float], mark: float | None) -> None:
    """A bar on 0 to 100: the track, the bar itself, its interval with two ends, the upright mark."""
    wanted: list[tuple[float, float]] = [(0, 100)]
    if share > 0:
        wanted.append((0, 100 * share))
    low, high = (100 * end for end in interval)
    if high > low:
        wanted += [(low, high - low), _upright(low, 0.5), _upright(high, 0.5)]
    if mark is not None:
        wanted.append(_upright(100 * mark, 0.9))
    assert len(figure.shapes) == len(wanted)
    for shape, (x, width) in zip(figure.shapes, wanted, strict=True):
        near(shape["x"], x, 0.02)
        near(shape["width"], width, 0.02)


def _upright(middle: float, width: float) -> tuple[float, float]:
    """A thin upright about its middle, within the box."""
    return min(max(middle - width / 2, 0), 100 - width), width


def _rounded(value: Decimal, decimals: int) -> str:
    return str(value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


def _whole(value: Decimal) -> str:
    return _rounded(value, 0)
