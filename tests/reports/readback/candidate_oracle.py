"""What the report of one candidate must say, from the files of the run: every number in its place."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from itertools import product
from typing import Any

from bs4 import Tag

from tests.reports.readback import hints
from tests.reports.readback.frame import claim_fixed, claim_frame, near
from tests.reports.readback.measures import true_scores
from tests.reports.readback.pieces import Passage
from tests.reports.readback.raw import Line, Place, Raw
from tests.reports.readback.reader import Figure, Page
from tests.reports.readback.speech import Tongue, short
from tests.reports.readback.standing_oracle import Standings

Say = Callable[[Tongue], str]
"""What is said in a language."""

CORRECTED = {
    "drop": "dropped",
    "rekey": "corrected",
    "accept": "accepted",
    "credit_all": "credited to all candidates",
    "credit_answered": "credited after the exam",
}
"""Kind of a correction → a word of the message that tells it alone."""
PLACES = {
    "centre": ("ศูนย์สอบ", "Centre"),
    "room": ("ห้อง", "Room"),
    "seat": ("ที่นั่ง", "Seat"),
    "organisation": ("หน่วยงาน", "Organisation"),
}


def claim_candidate(
    page: Page, raw: Raw, tongue: Tongue, candidate_id: str, day: tuple[str, str] | None = None
) -> None:
    """Claims every number of the page; `day` is the date that was asked for, in Thai and in English."""
    (person,) = (one for one in raw.candidates if one["candidate_id"] == candidate_id)
    claim_frame(page, raw, tongue, candidate_id)
    one = CandidateOracle(page, raw, tongue, person)
    one.head(day)
    one.verdict()
    one.changes()
    one.rule()
    one.lines()
    one.work_on()
    claim_fixed(page, tongue)


class CandidateOracle:
    """The claims of one page."""

    def __init__(self, page: Page, raw: Raw, tongue: Tongue, person: Line) -> None:
        self.page, self.raw, self.tongue, self.person = page, raw, tongue, person
        self.score, self.most = Decimal(person["score"]), Decimal(person["max_score"])
        self.results = [(place, self._decided(place, raw.line(person, place))) for place in raw.places()]

    def head(self, day: tuple[str, str] | None) -> None:
        """Who it is."""
        person, tongue = self.person, self.tongue
        (header,) = self.page.root.find_all("header")
        if person.get("name"):
            self.page.inside(header, "p")[1].says(person["name"])
        where = {name: person.get(name, "") for name in PLACES}  # a room is told as a room
        expected = [(tongue.label("Candidate number"), [person["candidate_id"]])]
        expected += [(tongue.pair(*PLACES[key]), [said]) for key, said in where.items() if said]
        expected += [(tongue.label("Form"), [person["form"]])]
        if self.raw.releases and (said := json.loads(self.raw.releases[-1]).get("date")):
            expected.append(
                (tongue.label("Released on"), tongue.pair(*_in_words(date.fromisoformat(said), tongue)))
            )
        if day is not None:
            expected.append((tongue.label("Report made on"), tongue.pair(tongue.figures(day[0]), day[1])))
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
        assert not tiles
        cut = self.raw.cut(person["max_score"])
        low, high, sure = self._true_score()
        self._standing(part, cut, (low, high) if low < high else None)
        said = [one for one in self.page.inside(part, "p") if not one.is_claimed and one.numbers]
        if person["decision"] == "fail":
            failed = [why for held, _, _, why in self._rule(cut) if not held]
            more = "Other parts of the rule are not held either."

            def cause(one: Tongue) -> str:
                return " ".join([failed[0](one), *one.label(more)[: len(failed) - 1]])

            ways = product(tongue.label("Why not passed"), self._pair(cause))
            tongue.one_of(said.pop(0), [f"{first}: {rest}" for first, rest in ways])
        if sure[1]:
            tongue.one_of(said.pop(0), tongue.ways(sure[0], **sure[1]))
        if person.get("second_look") == "yes" and not self.raw.releases:
            self._second_look(said.pop(0), cut, (low, high))
        marks = said.pop(0)
        tongue.tells(marks, **{key: person[key] for key in ("answered", "blank", "multiple", "invalid")})
        n_questions = sum(int(person[key]) for key in ("answered", "blank", "multiple", "invalid"))
        counted = self.raw.items(person["form"]) + self.raw.given(person["form"])[0]
        if counted != n_questions:
            tongue.tells(said.pop(0), n=n_questions, counted=counted)
        rule = self.raw.audit["options"].get("scoring") or {}
        if rule.get("wrong"):
            assert rule["wrong"] == "by_options", "the oracle knows no other cost of a wrong answer"
            [costs] = [one for one in tongue.messages({}) if one.startswith("A wrong answer costs points")]
            tongue.one_of(said.pop(0), tongue.label(costs))
        assert not said
        self._caption(part, cut, has_range=max(low, Decimal(0)) < max(high, Decimal(0)))
        (figure,) = self.page.figures(part)
        assert figure.title is not None
        assert figure.description is not None
        titles = {
            "th": f"คะแนน {tongue.figures(score)} จาก {tongue.figures(most)}",
            "en": f"Score {score} of {most}",
        }
        langs = ("th", "en") if tongue.lang == "both" else (tongue.lang,)
        figure.title.says(" ".join(titles[one] for one in langs))
        tongue.one_of(figure.description, tongue.ways(sure[0], **sure[1]))
        shares = [float(of / self.most) for of in (self.score, low, high)]
        check_bar(figure, shares[0], shares[1:], None if cut is None else float(cut / self.most))

    def _standing(self, part: Tag, cut: Decimal | None, ends: tuple[Decimal, Decimal] | None) -> None:
        """Scaled score, rank and the like: name, value, scale, cut, group, error and meaning."""
        expected = list(Standings(self.raw, self.person, cut, ends).expected())
        names, said = (self.page.inside(part, tag) for tag in ("dt", "dd"))
        for line, name, value, meaning in zip(expected, names, said[::2], said[1::2], strict=True):
            self.tongue.one_of(name, self.tongue.pair(*line.name))
            value.says(self.tongue.figures(line.value))
            self.tongue.one_of(meaning, self._pair(_says(" ", *line.messages)))

    def _true_score(self) -> tuple[Decimal, Decimal, tuple[str, dict[str, object]]]:
        """The range of the true score, and what is said of it: words of the message, and its values."""
        counts = [int(self.person[key]) for key in ("answered", "multiple", "invalid")]
        if not any(counts):
            return self.score, self.score, ("what the candidate knows cannot be told", {})
        _, most = self.raw.scale_ends(self.person["form"])
        n = self.raw.items(self.person["form"])
        sure = self.raw.given(self.person["form"])[1]
        least = self.raw.least(self.person["form"])
        spread = self._spread(float(self.score - sure), least, most - sure, n)
        ends = true_scores(float(self.score), float(least + sure), float(most), n, spread)
        low, high = map(Decimal, ends)
        return low, high, ("true score", {"low": _tenths(low), "high": _tenths(high)})

    def _spread(self, x: float, least: Decimal, most: Decimal, n: int) -> float:
        """The variance of right, wrong and blank ones as a share of that of right and wrong ones alone."""
        if not least:
            return 1
        cost = float(-least / n)
        kinds = [int(self.person[key]) for key in ("answered", "blank", "multiple", "invalid")]
        assert not kinds[2]
        given = n - n * (kinds[1] + kinds[3]) / sum(kinds)
        right = min(max((x + cost * given) / (1 + cost), 0), given)
        widest = (x - float(least)) * (float(most) - x) / n
        own = right + cost**2 * (given - right) - x**2 / n
        return min(own / widest, 1) if widest > 1e-9 else 1

    def changes(self) -> None:
        """What was told before, where it was otherwise; the questions of this form that were corrected."""
        said: list[Say] = [*self._told_before(), *self._corrected()]
        if not said:
            return
        part = self.page.section(self.tongue.heading("Changed after the exam"))
        for passage, say in zip(self.page.inside(part, "p"), said, strict=True):
            self.tongue.one_of(passage, self._pair(say))

    def _told_before(self) -> Iterator[Say]:
        before = self.raw.earlier_release
        if before is None:
            return
        who = self.person["candidate_id"]
        (then,) = (one for one in before.candidates if one["candidate_id"] == who)
        results = [
            {key: value for key, value in row.items() if not key.endswith("_percent")}
            for run in (self.raw, before)
            for row in run.criteria
            if row["candidate_id"] == who
        ]
        result = ("score", "max_score", "decision")
        same = all(then[key] == self.person[key] for key in result)
        beside = ("scaled", "rank", "percentile", "t_score", "criteria_met")
        moved = any(then.get(key, "") != self.person.get(key, "") for key in beside)
        assert before.n == self.raw.n, "the oracle knows sittings of the same people"
        if same and results[0] == results[1] and not moved:
            return
        lead = ("This report replaces that of run {run}, which was released before.", {"run": before.run})
        if same:
            figures = "igures beside the score, such as the rank or the scaled score, have changed"
            words = "The score and the decision are as they were; "
            if results[0] == results[1]:
                yield _says(" ", lead, (f"{words}f{figures}.", {}))
            else:
                too = [(f"F{figures}, too.", {})] if moved else []
                yield _says(" ", lead, (f"{words}results of single criteria are not.", {}), *too)
            return
        values = {"score": short(then["score"]), "most": short(then["max_score"])}
        decided = {"pass": "The decision was: passed.", "fail": "The decision was: not passed."}[
            then["decision"]
        ]
        yield _says(" ", lead, ("There the score was {score} of {most} points.", values), (decided, {}))

    def _corrected(self) -> Iterator[Say]:
        for kind, words in CORRECTED.items():
            made = [one for one in self.raw.audit.get("corrections") or () if one["kind"] == kind]
            places = [
                place for one in made for place in one["places"] if place["form"] == self.person["form"]
            ]
            if questions := sorted(place["question"] for place in places):
                values = {"questions": ", ".join(map(str, questions))}
                of_n = [one for one in self.tongue.messages(values) if words in one]
                [message] = [one for one in of_n if ("questions {" in one.lower()) == (len(questions) > 1)]
                too = ["The results by the standard count them, whatever was answered."]
                yield _says(" ", (message, values), *[(one, {}) for one in too if kind == "credit_all"])

    def _caption(self, part: Tag, cut: Decimal | None, *, has_range: bool) -> None:
        """What the bar is: a range where there is one, a mark where there is a cut, and whether it decides."""
        rule, parts = self.raw.rule, ["Bar: the score."]
        if has_range:
            parts.append("Thin line: margin of error (68 %).")
        if cut is not None and rule is not None:
            alone = not (rule["criteria"] or rule["elements"] or rule["units"] or rule["at_least"])
            of = "the score to pass." if alone else "the total required."
            parts += [one for one in self.tongue.messages({}) if one.startswith(f"Upright mark: {of}")]
        (caption,) = self.page.inside(part, "figcaption")
        self.tongue.one_of(caption, self._pair(_says(" ", *[(one, {}) for one in parts])))

    def _second_look(self, passage: Passage, cut: Decimal | None, ends: tuple[Decimal, Decimal]) -> None:
        """Which error it is, the cut, and whether another part of the rule would fail anyway."""
        rule = self.raw.rule
        assert rule is not None
        assert cut is not None
        sem = self.raw.sem(cut, self.person["max_score"], self.person["form"])
        assert sem is not None
        lead = (
            "which is the margin of error there"
            if rule["second_look"]["sem"] == "lord"
            else "that the pass rule names"
        )
        values = {"cut": short(cut), "error": short(_rounded(sem, 2))}
        other = any(not held for held, _, _, _ in list(self._rule(cut))[1:])
        rest = (
            "so close to the pass mark"
            if ends[0] <= cut <= ends[1]
            else "It is marked for a second look. The mark"
        )
        if other:
            rest = "Reaching the pass mark is not enough"
        [first] = [one for one in self.tongue.messages(values) if lead in one]
        [second] = [one for one in self.tongue.messages({}) if rest in one and "second look" in one]
        said = self._pair(_says(" ", (first, values), (second, {})))
        ways = product(self.tongue.label("Second look"), said)
        self.tongue.one_of(passage, [f"{head}: {tail}" for head, tail in ways])

    def _pair(self, say: Say) -> list[str]:
        """What is said in each language, in the ways in which both may stand."""
        return self.tongue.pair(*(say(self.tongue._replace(lang=lang)) for lang in ("th", "en")))

    def rule(self) -> None:
        """Each part of the pass rule, whether it held, and the places that failed it."""
        if self.raw.rule is None:
            return
        part = self.page.section(self.tongue.heading("To pass"))
        said = self.page.inside(part, "p")
        for held, say, below, _ in self._rule(self.raw.cut(self.person["max_score"])):
            signed = product(self.tongue.label("reached" if held else "not reached"), self._pair(say))
            sign = "■" if held else "▲"
            self.tongue.one_of(said.pop(0), [f"{sign} {first}: {rest}" for first, rest in signed])
            for place in below:
                self.tongue.one_of(said.pop(0), self._pair(place))
        assert not said

    def _rule(self, cut: Decimal | None) -> Iterator[tuple[bool, Say, list[Say], Say]]:
        """Of each part: whether it held, its words, those of the places that failed it, why it failed."""
        rule, score = self.raw.rule, short(self.person["score"])
        assert rule is not None
        assert cut is not None
        assert not rule["elements"]
        assert not rule["units"]
        needed = self._lowest_score_at(cut)
        values = {"percent": short(str(rule["percent"])), "cut": short(needed)}
        values["most"] = short(self.person["max_score"])
        total = "at least {percent} % of the points: {cut} of {most}"
        yield (
            self.score >= cut,
            _says(" – ", (total, values), ("the score is {score}", {"score": score})),
            [],
            _says(
                "",
                (
                    "the score is {score}, and at least {cut} points are required.",
                    {"score": score, "cut": short(needed)},
                ),
            ),
        )
        for pattern, percent in rule["criteria"].items():
            yield self._criteria(pattern, Decimal(str(percent)))
        if rule["at_least"]:
            yield self._at_least(rule["at_least"])

    def _lowest_score_at(self, cut: Decimal) -> Decimal:
        """The cut, or the whole points above it where the scale has whole points alone."""
        places = {row["unit"] for row in self.raw.scale}
        rows = [row for unit in places for row in self.raw.scales("unit", unit, self.person["form"])]
        whole = all(Decimal(row["correct"] or 0) % 1 == 0 for row in rows)
        return cut.to_integral_value(ROUND_CEILING) if whole else cut

    def _criteria(self, pattern: str, percent: Decimal) -> tuple[bool, Say, list[Say], Say]:
        asked = [
            (place[1], row) for place, row in self._asked() if place[1].startswith(pattern.removesuffix("*"))
        ]
        missed = [(code, row) for code, row in asked if Decimal(row["percent"]) < percent]
        values = {"percent": short(percent), "pattern": pattern}
        said = [("at least {percent} % in {pattern}", values), *self._few(asked)]
        below = [self._place(code, row) for code, row in missed]
        if not missed:
            return True, _says("; ", *said), below, _says("")
        code, row = missed[0]
        why = {"code": code, "percent": short(row["percent"]), "asked": short(percent)}
        parts = [("{code} is at {percent} %, and at least {asked} % is required.", why)]
        least = self.raw.judgement["min_items"]
        if int(row["asked"]) < least:
            few = "This rests on few items: {asked}, where {n} are needed to judge."
            parts.append((few, {"asked": row["asked"], "n": least}))
        cause = _says(" ", *parts)
        return False, _says("; ", *said), below, cause

    def _place(self, code: str, row: Line) -> Say:
        def say(tongue: Tongue) -> str:
            at = tongue.fill("{code}: {percent} %", {"code": code, "percent": short(row["percent"])})[0]
            return f"{at}, {self._tally(row, tongue)[0]}"

        return say

    def _at_least(self, wanted: dict[str, Any]) -> tuple[bool, Say, list[Say], Say]:
        assert wanted["of"] == "criteria"
        percent = Decimal(str(wanted["percent"]))
        n = sum(Decimal(row["percent"]) >= percent for _, row in self._asked())
        values = {"met": wanted["met"], "percent": short(percent)}
        rule = ("at least {met} criteria each at {percent} % or more", values)
        few = self._few([(place[1], row) for place, row in self._asked()])
        reached = (
            "reached in {n} of the {asked} on this paper, judged or not",
            {"n": n, "asked": len(list(self._asked()))},
        )
        cause = "criteria at {percent} % or more: {n}, and at least {met} are required."
        return (
            n >= wanted["met"],
            lambda one: "; ".join(
                [
                    _says(" – ", rule, reached)(one),
                    *[_says("", part)(one) for part in few],
                ]
            ),
            [],
            _says("", (cause, {**values, "n": n})),
        )

    def _asked(self) -> list[tuple[Place, Line]]:
        return [(place, row) for place, row in self.results if place[0] == "pc" and row["percent"]]

    def _few(self, asked: Sequence[tuple[str, Line]]) -> list[tuple[str, dict[str, object]]]:
        least = self.raw.judgement["min_items"]
        codes = [code for code, row in asked if int(row["asked"]) < least]
        if not codes:
            return []
        if len(codes) > 4:
            values = {"k": len(codes), "n": least}
            return [("in {k} of these places it rests on fewer than {n} items", values)]
        return [("in {codes} it rests on fewer than {n} items", {"codes": ", ".join(codes), "n": least})]

    # ── the standard ─────────────────────────────────────────────────────────────────────────

    def _is_decided(self, place: Place) -> bool:
        """Whether the decision is the status of the place: of the only unit."""
        return self.raw.rule is not None and place[0] == "unit"

    def _decided(self, place: Place, row: Line) -> Line:
        status = {"pass": "met", "fail": "not_met", "": ""}[self.person["decision"]]
        return {**row, "status": status} if self._is_decided(place) else row

    def _cut_share(self) -> float | None:
        cut = self.raw.cut(self.person["max_score"])
        return None if cut is None else float(cut / Decimal(self.person["max_score"]))

    def lines(self) -> None:
        """A line for each unit, element and criterion."""
        part = self.page.section(self.tongue.heading("Results by the standard"))
        (table,) = self.page.tables(part)
        judgement = self.raw.judgement
        answered = any(int(self.person[key]) for key in ("answered", "multiple", "invalid"))
        for line, (place, row) in zip(table.rows, self.results, strict=True):
            _, code, text, _ = place
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
            ends = [_whole(Decimal(round(end, 9) + 0.0)) for end in self.raw.ends(row)]
            span = f" ({ends[0]}–{ends[1]})" if answered else ""
            said = self.tongue.figures(f"{short(row['percent'])} %{span}")
            share.says(said)
            self.tongue.one_of(tally, self._tally(row))
            (figure,) = figures
            assert figure.title is not None
            figure.title.says(said)
            met_from = float(judgement["units"].get(row["unit"], judgement["percent"])) / 100
            low, high = float(row["low"]) / 100, float(row["high"]) / 100
            earned = float(row["percent"]) / 100
            ends_of_bar = (low, high) if answered else (earned, earned)
            check_bar(figure, earned, ends_of_bar, self._cut_share() if self._is_decided(place) else met_from)
        notes = [one for one in self.page.inside(part, "p") if one.numbers]
        if answered:
            self.tongue.tells(notes.pop(0), confidence=short(str(judgement["confidence"])))
        rule = {"percent": short(str(judgement["percent"])), "n": judgement["min_items"]}
        behind = hints.hint(self.raw.scale, self.raw.audit["options"])
        decided = self.raw.rule is not None
        [first] = [one for one in self.tongue.messages(rule) if ("a unit" in one) != decided]
        follows = [(hints.FOLLOWS, {})] if decided else []
        said = _says(" ", (first, rule), *([behind] if behind else []), *follows)
        self.tongue.one_of(notes.pop(0), self._pair(said))
        judged = [place for place, row in self.results if row["status"] in ("met", "not_met")]
        if parts := self.raw.partly(judged, [self.person["form"]]):
            self.tongue.tells(notes.pop(0), parts=parts)
        not_met = [p[1] for p, row in self.results if p[0] == "pc" and row["status"] == "not_met"]
        if codes := [code for code in not_met if answered and self.raw.unmarked(self.person, code)]:
            self.tongue.tells(notes.pop(0), codes=", ".join(codes))
        if any(row["status"] == "insufficient" for _, row in self.results):
            self.tongue.tells(notes.pop(0), n=judgement["min_items"])
        assert not notes

    def _tally(self, row: Line, tongue: Tongue | None = None) -> list[str]:
        tongue = tongue or self.tongue
        n = int(row["asked"])
        own = self.raw.scales(row["level"], row[row["level"]], self.person["form"])
        most = max(Decimal(one["correct"]) for one in own)
        points = short(row["correct"])
        if most != n or self.raw.in_points:
            return tongue.ways(points=points, most=short(most), n=n)
        return tongue.ways(points=points) if n == 1 else tongue.ways(points=points, n=n)

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


def _says(by: str, *messages: tuple[str, Mapping[str, object]]) -> Say:
    """Messages with their values, one after the other."""
    return lambda tongue: by.join(tongue.fill(message, values)[0] for message, values in messages)


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
    low, high = (100 * min(max(end, 0), 1) for end in interval)
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


def _tenths(points: Decimal) -> str:
    return short(Decimal(_rounded(points, 1)))


def _rounded(value: Decimal, decimals: int) -> str:
    return str(value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


def _whole(value: Decimal) -> str:
    return short(_rounded(value, 0))


_MONTHS = [
    "มกราคม",
    "กุมภาพันธ์",
    "มีนาคม",
    "เมษายน",
    "พฤษภาคม",
    "มิถุนายน",
    "กรกฎาคม",
    "สิงหาคม",
    "กันยายน",
    "ตุลาคม",
    "พฤศจิกายน",
    "ธันวาคม",
]


def _in_words(day: date, tongue: Tongue) -> tuple[str, str]:
    return tongue.figures(
        f"{day.day} {_MONTHS[day.month - 1]} {day.year + 543}"
    ), f"{day.day} {day:%B} {day.year}"
