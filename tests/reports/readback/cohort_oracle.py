"""What the report of a cohort must say, from the files of the run: every number in its place.

Figures are held by `test_figures.py`.
"""

from __future__ import annotations

from collections import Counter
from itertools import permutations, product
from math import ceil
from statistics import median, stdev

import numpy as np
from bs4 import Tag

from tests.reports.readback import hints
from tests.reports.readback.cohort_lines import (
    KINDS,
    MOST_PEOPLE,
    heat_text,
    is_odd,
    least_met,
    near_the_cut,
)
from tests.reports.readback.frame import (
    MIN_N,
    check_meter,
    claim_few,
    claim_fixed,
    claim_frame,
    claim_tiles,
    share_cells,
)
from tests.reports.readback.looks import look_of
from tests.reports.readback.oracle_decision import Decision
from tests.reports.readback.raw import Raw
from tests.reports.readback.reader import Page
from tests.reports.readback.speech import DECISIONS, Tongue, catalogue, ends, in_order, number, percent, short

LEDGER = {
    "registered": "registered", "present": "present", "absent": "absent", "scored": "scored",
    "quarantined": "in quarantine", "missing": "missing", "status_unknown": "attendance unknown",
    "absent_but_scored": "absent, but scored", "absent_in_quarantine": "absent, but a row is set aside",
    "not_on_roster": "scored, but not on the list",
}  # fmt: skip


def claim_cohort(page: Page, raw: Raw, tongue: Tongue) -> None:
    """Claims every number of the page; what is left over is a number that the files do not know."""
    CohortOracle(page, raw, tongue).claim()
    claim_fixed(page, tongue)


class CohortOracle:
    """The claims of one page."""

    def __init__(self, page: Page, raw: Raw, tongue: Tongue) -> None:
        self.page, self.raw, self.tongue = page, raw, tongue
        self.n = raw.n
        self.statuses = raw.statuses()
        self.near = near_the_cut(raw)

    def claim(self) -> None:
        """The whole page."""
        claim_frame(self.page, self.raw, self.tongue)
        mean = f"{number(float(np.mean(self.raw.percents())), 1)} %" if self.n else "–"
        labels = [(mean, "mean score"), (number(len(self.near)), self._looks())]
        claim_tiles(self.page, self.tongue, self.raw, labels)
        if 0 < self.n < MIN_N:
            notice = next(
                one
                for one in self.page.passages
                if one.numbers and one.place.startswith("p") and not one.is_claimed
            )
            self.tongue.tells(notice, n=MIN_N)
        if self.n:
            self._sections()
        self._ledger(self._part("Is everybody accounted for?"))

    def _looks(self) -> dict[str, str]:
        looks = [look_of(self.raw.package, one)[0] for one in self.near]
        return {name: number(looks.count(name)) for name in ("upheld", "changed", "open")}

    def _sections(self) -> None:
        """What there is to say where anybody was scored."""
        claim_few(self.page, self.raw, self.tongue)
        self._scores(self._part("Scores"))
        self._lacks(self._part("Criteria the cohort lacks most"))
        self._roll_up(self._part("Elements and units"))
        people = self._part("Candidates by criteria")
        if self.n > MOST_PEOPLE:
            self._heat(people)
        self._near(self._part("Near the cut"))
        self._marks(self._part("Blanks and multiple marks"))

    def _part(self, heading: str) -> Tag:
        return self.page.section(self.tongue.heading(heading))

    def _say(self, text: object) -> str:
        return self.tongue.figures(text)

    # ── scores ───────────────────────────────────────────────────────────────────────────────

    def _scores(self, part: Tag) -> None:
        values = self.raw.percents()
        by_cut: dict[tuple[str, ...], list[str]] = {}
        for form, most in dict.fromkeys((one["form"], one["max_score"]) for one in self.raw.candidates):
            cut = self.raw.cut(most)
            assert cut is not None
            sem = self.raw.sem(cut, most, form)
            assert sem is not None
            by_cut.setdefault((short(cut), short(most), number(sem, 2)), []).append(form)
        decision = Decision(self.raw.package, self.raw.folder)
        said = [
            self._cut_line(
                decision.sem_kind, {"form": ", ".join(forms), "cut": cut, "most": most, "sem": sem}, forms
            )
            for (cut, most, sem), forms in by_cut.items()
        ]
        (caption,) = self.page.inside(part, "figcaption")
        self.tongue.one_of(caption, [" ".join(ways) for ways in product(*said)])
        self._decided(part, decision)
        sentence = next(one for one in self.page.inside(part, "p") if one.numbers and not one.is_claimed)
        self.tongue.tells(
            sentence,
            mean=number(float(np.mean(values)), 1),
            sd=number(stdev(values), 1) if self.n > 1 else "–",
            median=number(median(values), 1),
            ends=ends(min(values), max(values), 1),
        )

    def _cut_line(self, kind: str, values: dict[str, str], forms: list[str]) -> list[str]:
        head = "Forms" if len(forms) > 1 else "Form"
        message = f"{head} {{form}}: cut {{cut}} of {{most}} points, {{kind}} {{sem}} points."
        thai, english = catalogue()[kind], kind
        if self.tongue.digits == "thai":
            thai = Tongue("th", "thai").figures(thai)
        both = (self.tongue._thai(message, {**values, "kind": thai}), message.format(**values, kind=english))
        return self.tongue.pair(*both)

    def _decided(self, part: Tag, decision: Decision) -> None:
        """Forms beside each other and how far their cuts are apart; what was dropped, and how far forms are apart."""
        tables, wanted = self.page.tables(part), decision.table()
        assert len(tables) == bool(wanted)
        if wanted:
            self.tongue.heads(tables[0], *decision.heads())
        for line, (name, *cells) in zip(tables[0].rows if wanted else [], wanted, strict=True):
            line.head.says(name)
            line.say(*map(self._say, cells))
        if gap := decision.cut_gap():
            ways = self.tongue.fill(gap.message, gap.values)
            (said,) = (one for one in self.page.inside(part, "p") if one.text in ways)
            said.is_claimed = True
        notices = [self.page.at(one) for one in part.find_all("p", class_="notice")]
        told = [one for one in notices if not one.is_claimed]
        for passage, sentences in zip(told, decision.cautions(), strict=True):
            thai = " ".join(self.tongue._thai(one.message, one.values) for one in sentences)
            self.tongue.one_of(passage, self.tongue.pair(thai, " ".join(one.english for one in sentences)))

    # ── criteria ─────────────────────────────────────────────────────────────────────────────

    def _lacks(self, part: Tag) -> None:
        texts = {code: text for level, code, text, _ in self.raw.places() if level == "pc"}
        rows = least_met(self.raw)
        lacking = [row for row in rows if int(row["not_met"])]
        (table,) = self.page.tables(part)
        self.tongue.heads(
            table, "Criterion", "met, of those judged", "%", "95 % interval", "mean, % of points", "share and interval"
        )  # fmt: skip
        for line, row in zip(table.rows, lacking[:10], strict=True):
            met, judged = int(row["met"]), int(row["met"]) + int(row["not_met"])
            line.head.says(f"{row['pc']} {texts[row['pc']]}")
            mean = self._say(number(self.raw.mean(row["pc"]), 1))
            line.say(*share_cells(self.tongue, met, judged), mean, "")
            check_meter(line.elements[-1], met, judged)
        never = [row["pc"] for row in rows if not int(row["met"]) + int(row["not_met"])]
        rule = self.raw.audit["options"]["judgement"]
        from_where = self.page.inside(part, "p")[0]
        own = {"percent": short(str(rule["percent"])), "n": rule["min_items"]}
        behind = hints.hint(self.raw.scale, self.raw.audit["options"])
        kinds, follows = hints.of_units(self.raw.audit)
        [first] = [one for one in self.tongue.messages(own) if ("a unit" in one) == ("a unit" in kinds)]
        said = [(first, own), *([behind] if behind else []), *([(follows[1:], {})] if follows else [])]
        ways = [
            " ".join(self.tongue._replace(lang=lang).fill(message, values)[0] for message, values in said)
            for lang in ("th", "en")
        ]
        self.tongue.one_of(from_where, self.tongue.pair(*ways))
        if never:
            self.tongue.tells(self.page.inside(part, "p")[-1], codes=", ".join(never))
        if len(lacking) > 10:
            self.tongue.tells(self.page.inside(part, "p")[1], n=10, all=len(lacking))

    def _roll_up(self, part: Tag) -> None:
        (table,) = self.page.tables(part)
        self.tongue.heads(
            table, "Unit or element", "met, of those judged", "%", "95 % interval", "share and interval"
        )
        places = [place for place in self.raw.places() if place[0] != "pc"]
        for line, (level, code, text, _) in zip(table.rows, places, strict=True):
            met, judged = self._met(level, code)
            line.head.says(f"{code} {text}")
            line.say(*share_cells(self.tongue, met, judged), "")
            check_meter(line.elements[-1], met, judged)
        judged_in = [place for place in places if self._met(place[0], place[1])[1]]
        if parts := self.raw.partly(judged_in, [one["form"] for one in self.raw.candidates]):
            self.tongue.tells(self.page.inside(part, "p")[-1], parts=parts)

    def _met(self, level: str, code: str, who: list[int] | None = None) -> tuple[int, int]:
        found = self.statuses[level, code]
        own = found if who is None else [found[n] for n in who]
        return own.count("met"), own.count("met") + own.count("not_met")

    def _heat(self, part: Tag) -> None:
        legend, note = (one for one in self.page.inside(part, "p") if one.numbers and not one.is_claimed)
        shades = part.find_all("span", class_="key")
        shown = [f"{20 * k}–{'<' if k < 4 else ''}{20 * k + 20}" for k in range(5)]
        for k, (span, words) in enumerate(zip(shades, shown, strict=True)):
            assert f"shade-{k}" in span["class"]
            assert span.get_text() == self._say(words)
        self.tongue.labels(
            legend, "Met by, in per cent of those judged:", after=" " + self._say(" ".join(shown))
        )
        self.tongue.tells(note, n=MIN_N)
        bands: dict[int, list[int]] = {}
        for n, value in enumerate(self.raw.percents()):
            bands.setdefault(min(int(value // 10), 9), []).append(n)
        order = sorted(bands)
        (table,) = self.page.tables(part)
        named = [f"{10 * k}–{'' if k == 9 else '<'}{10 * k + 10}" for k in order]
        score = "Score"
        if "Score, % from" in catalogue():
            score, named = "Score, % from", [str(10 * k) for k in order]
        self.tongue.heads(table, score, "all", *(self._say(text) for text in named))
        (sizes,) = table.above
        sizes.say(*(self._say(number(n)) for n in (self.n, *(len(bands[k]) for k in order))))
        groups = [None, *(bands[k] for k in order)]
        for line, (level, code, text, _) in zip(table.rows, self.raw.places(), strict=True):
            line.head.says(code if level == "pc" else f"{code} {text}")
            cells = [self._met(level, code, who) for who in groups]
            line.say(*(self._say(heat_text(*cell)) for cell in cells))
            for element, (met, judged) in zip(line.elements, cells, strict=True):
                shade = min(4, 5 * met // judged) if judged else 0
                assert element.get_attribute_list("class") == [f"shade-{shade}"], (line.head.text, element)

    # ── persons ──────────────────────────────────────────────────────────────────────────────

    def _near(self, part: Tag) -> None:
        if not self.near:
            assert not self.page.tables(part)
            return
        by = [
            [f"{words} {self._say(sum(one['decision'] == key for one in self.near))}" for words in self.tongue.pair(th, en)]
            for key, (_, th, en) in DECISIONS.items()
        ]  # fmt: skip
        sentence = next(one for one in self.page.inside(part, "p") if one.numbers)
        self.tongue.tells(sentence, after=f" {by[0][0]}; {by[1][0]}", n=number(len(self.near)))
        looked = next(one for one in self.page.inside(part, "p") if one.numbers and not one.is_claimed)
        self.tongue.tells(looked, **self._looks())
        cuts = {
            one["form"]: self.raw.cut(one["max_score"])
            for one in sorted(self.raw.candidates, key=lambda one: one["form"])
        }
        between = {form: ceil(cut) for form, cut in cuts.items() if cut is not None and cut % 1}
        if between and not self.raw.in_points:
            least = next(one for one in self.page.inside(part, "p") if one.numbers and not one.is_claimed)
            message = "No score lies on that cut; the least score that reaches it is, by form, {scores}."
            ways = []
            for order in permutations(between.items()):
                thai, english = (
                    ", ".join(f"{form} {say(n)}" for form, n in order) for say in (self._say, str)
                )
                both = self.tongue._thai(message, {"scores": thai}), message.format(scores=english)
                ways += self.tongue.pair(*both)
            self.tongue.one_of(least, ways)
        assert not self.page.tables(part)

    def _marks(self, part: Tag) -> None:
        tables = self.page.tables(part)
        kinds = [
            words
            for kind in ("left blank", "marked more than once", "unreadable")
            for words in (kind, "%", "people")
        ]
        self.tongue.heads(tables[0], "Form", "candidates", "answers asked", *kinds)
        forms = sorted({one["form"] for one in self.raw.candidates})
        groups = [
            (form, [one for one in self.raw.candidates if form in ("", one["form"])]) for form in ["", *forms]
        ]
        for line, (form, own) in zip(tables[0].rows, groups if len(forms) > 1 else groups[:1], strict=True):
            if form:
                line.head.says(form)
            else:
                self.tongue.labels(line.head, "all")
            counts = {kind: [int(one[kind]) for one in own] for kind in KINDS}
            asked = sum(sum(of) for of in counts.values())
            cells = [number(len(own)), number(asked)]
            for kind in KINDS[1:]:
                total = sum(counts[kind])
                cells += [number(total), percent(total, asked, 2), number(sum(n > 0 for n in counts[kind]))]
            line.say(*(self._say(cell) for cell in cells))
        blanks = sorted(Counter(int(one["blank"]) for one in self.raw.candidates).items())
        listed = "; ".join(f"{k}: {n}" for k, n in blanks[:12])
        sentence = next(one for one in self.page.inside(part, "p") if one.numbers)
        more = sum(n for _, n in blanks[12:])
        rest = f"; {self.tongue.label('more')[0]}: {self._say(more)}" if more else ""
        self.tongue.labels(
            sentence, "Candidates by the number of answers left blank:", after=f" {self._say(listed)}{rest}"
        )
        assert len(tables) == 1

    def _ledger(self, part: Tag) -> None:
        rows = self.raw.audit["rows"]
        sentence = next(one for one in self.page.inside(part, "p") if one.numbers)
        decided = ("voided_by_grader", "withheld", "disqualified", "withdrawn")
        unused = sum(row["reason"] in decided for row in self.raw.quarantine)
        self.tongue.tells(
            sentence, read=rows["read"], scored=rows["scored"], repeats=rows["identical_repeats"],
            quarantined=rows["quarantined"] - unused, **({"unused": unused} if unused else {}),
        )  # fmt: skip
        tables = iter(self.page.tables(part))
        if self.raw.ledger is not None:
            table = next(tables)
            total = {name: int(n) for name, n in self.raw.ledger[0].items() if n.isdecimal()}
            odd = total["absent_but_scored"] + total["not_on_roster"]
            assert self.n == total["scored"] + odd
            notes = [one for one in self.page.inside(part, "p") if one.numbers and not one.is_claimed]
            if unknown := total["status_unknown"]:
                assert unknown < total["registered"], (
                    "the oracle knows no sitting of which nobody was recorded"
                )
                few = "with a row they count as present, without one as absent."
                many = "those with a row count as present, those without one as absent."
                message = "Nobody recorded whether {n} of the {all} registered candidates came: "
                values = {"n": unknown, "all": total["registered"]}
                self.tongue.one_of(
                    notes.pop(), self.tongue.fill(message + (few if unknown == 1 else many), values)
                )
            assert len(notes) == (odd > 0), notes
            for note in notes:
                beside = "Rooms stand here only where somebody is in quarantine, missing, of unknown attendance, or beside these sums."
                sums = "Registered = present + absent; present = scored + in quarantine + missing."
                said = self.tongue.fill(
                    "Candidates scored {n} = {scored} + {absent} absent, but scored + {strangers} not on the list.",
                    {
                        "n": self.n,
                        "scored": total["scored"],
                        "absent": total["absent_but_scored"],
                        "strangers": total["not_on_roster"],
                    },
                )
                ways = product(self.tongue.label(sums), said, self.tongue.label(beside))
                self.tongue.one_of(note, [" ".join(way) for way in ways])
            columns = [name for name in self.raw.ledger[0] if name not in ("by", "name")]
            self.tongue.heads(table, "Room or form", *(LEDGER[name] for name in columns))
            rooms = [row for row in self.raw.ledger if row["by"] == "room" and is_odd(row)]
            shown = [row for row in self.raw.ledger if row["by"] != "room"]
            shown += sorted(rooms, key=lambda row: in_order(row["name"]))
            for line, row in zip(table.rows, shown, strict=True):
                if row["by"] == "total":
                    self.tongue.labels(line.head, "all")
                elif row["by"] == "form":
                    self.tongue.labels(line.head, "Form", after=f" {row['name'] or '–'}")
                else:
                    line.head.says(row["name"] or "–")
                line.say(*(self._say(number(int(row[name]))) for name in columns))
        left = [one for one in self.raw.unreconciled or [] if one["what"] not in ("no_row", "absent")]
        for found, column in ((self.raw.quarantine, "reason"), (left, "what")):
            counts = sorted(
                Counter(row[column] for row in found).items(), key=lambda pair: (-pair[1], pair[0])
            )
            for line, (_, n) in zip(next(tables).rows if counts else [], counts, strict=True):
                line.say(self._say(n))
        assert not list(tables)
