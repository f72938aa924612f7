"""The files of a package → what the report of coverage must say, line by line, and its tables."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property

import yaml

from tests.reports.readback import hints
from tests.reports.readback.oracle_b_files import MIN_N, Files, Row, interval, percent, real, wilson
from tests.reports.readback.oracle_b_told import BETWEEN, Told, row_of
from tests.reports.readback.raw import mean_of

Rows = list[dict[str, object]]


class Coverage:
    """What the report of a run says of the standard; the texts are those of the package's own copy."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.forms = [
            name.removeprefix("items_") for name in files.rows("pc_coverage")[0] if name.startswith("items_")
        ]
        self.rows = {(row["unit"], row["pc"]): row for row in files.rows("pc_coverage")}
        self.never = [
            (code, text)
            for _, unit, _, code, text in self.criteria
            if not any(int(n) for n in self.items(unit, code))
        ]

    @cached_property
    def parts(self) -> list[tuple[Row, str, list[tuple[str, str]]]]:
        """Lines of standard_coverage.csv: all, each unit with its elements; title and criteria of each."""
        said = {(row["unit"], row["element"]): row for row in self.files.rows("standard_coverage")}
        package = yaml.safe_load((self.files.package / "secure" / "items.yaml").read_text("utf-8"))
        found: list[tuple[Row, str, list[tuple[str, str]]]] = [(said.pop(("", "")), "", [])]
        for unit in package["units"]:
            found.append((said.pop((unit["code"], "")), unit["title"], []))
            for element in unit["elements"]:
                texts = [(one["code"], one["text"]) for one in element["criteria"]]
                found.append((said.pop((unit["code"], element["code"])), element["title"], texts))
        assert not said
        return found

    @property
    def criteria(self) -> Iterator[tuple[Row, str, str, str, str]]:
        """The line of the element, unit, element, code and text of every criterion of the standard."""
        for part, _, texts in self.parts:
            for code, text in texts:
                yield part, part["unit"], part["element"], code, text

    def items(self, unit: str, code: str) -> list[str]:
        """Items of the criterion in each form."""
        return [self.rows[unit, code][f"items_{form}"] for form in self.forms]

    def met(self, unit: str, code: str) -> tuple[int, int]:
        """How many met the criterion, of how many judged: counted in pc_results.csv."""
        found = [one.get(code) for one in self.files.statuses.values()]
        return found.count("met"), found.count("met") + found.count("not_met")

    def people(self, unit: str, element: str) -> tuple[int, int]:
        """How many met a unit or an element itself, of how many judged: by their points, as pc_scale.csv has it;
        an only unit by the decision."""
        if not element and self.is_decided:
            decided = [row["decision"] for row in self.files.candidates]
            return decided.count("pass"), len(decided)
        scale = [
            row
            for row in self.files.rows("pc_scale")
            if row["level"] == ("element" if element else "unit")
            and (row["unit"], row["element"]) == (unit, element)
        ]
        codes = [row[3] for row in self.criteria if row[1] == unit and element in ("", row[2])]
        found = []
        for row in self.files.rows("pc_results"):
            points = sum((Decimal(row.get(f"{code}_correct") or 0) for code in codes), Decimal(0))
            own = [line for line in scale if row["form"] in line["forms"].split()]
            nearest = min(own, key=lambda line: abs(Decimal(line["correct"] or 0) - points))
            found.append(nearest["status"])
        return found.count("met"), found.count("met") + found.count("not_met")

    @property
    def is_decided(self) -> bool:
        """Whether the decision is the status of the only unit."""
        return bool(self.files.audit["options"]["pass"]) and len(self.files.audit["editions"]) == 1

    def judged(self, unit: str, element: str) -> tuple[int, int]:
        """How many statuses of a part's criteria are a judgement, and how many are of too few items."""
        codes = {row[3] for row in self.criteria if unit in ("", row[1]) and element in ("", row[2])}
        found = [own[code] for own in self.files.statuses.values() for code in codes & own.keys()]
        return found.count("met") + found.count("not_met"), found.count("insufficient")

    # ── the page ─────────────────────────────────────────────────────────────────────────────

    def lines(self) -> list[Told]:
        """Every line with a number, and every row of a table, in the order of the page."""
        foot = [Told("foot", f"{name}: {value}") for name, value in self.files.foot]
        return [*self._front(), *self._table(), self._from_where(), *foot]

    def _front(self) -> Iterator[Told]:
        n, total = len(self.files.candidates), len(list(self.criteria))
        yield Told("heard", self.files.running)
        yield Told("0 title", f"{self.files.audit['exam']} – Coverage of the standard")
        yield Told("0 p", f"{total - len(self.never)} / {total} criteria of the standard asked")
        judged, unjudged = self.judged("", "")
        met = sum(own.count("met") for own in ([*one.values()] for one in self.files.statuses.values()))
        yield Told("0 p", f"{percent(met, judged)} criteria met, of those judged")
        yield Told("0 p", f"{percent(judged, n * total)} criteria judged, of all that the standard states")
        yield Told("0 p", f"{n} candidates scored")
        if judged and unjudged:
            some = (
                f"{judged} of {judged + unjudged} judgements of candidates in criteria could be made. "
                "The others, for too few items, count neither as met nor as not met."
            )
            yield Told("0 p", some, spoken=some)
        if n < MIN_N:
            small = f"Fewer than {MIN_N} candidates: read every percentage with its count and its interval."
            yield Told("0 p", small, spoken=small)
        yield from (Told("1 li", f"{code} {text}") for code, text in self.never)

    def _table(self) -> Iterator[Told]:
        forms = [f"items, form {form}" for form in self.forms]
        wilson_head = "95 % interval"
        heads = ("met, of those judged", "%", wilson_head, "mean, % of points", "share and interval")
        head = row_of(2, "Unit, element, performance criterion", *forms, *heads)
        yield head._replace(spoken=BETWEEN * (len(forms) + 3) + wilson_head)
        for part, title, texts in self.parts[1:]:
            counts = [part[f"asked_{form}"] for form in self.forms]
            asked = [f"{n}/{part['criteria']}" for n in counts]
            note = "" if any(map(int, counts)) else "− not asked"
            n, of = self.people(part["unit"], part["element"])
            said = f"{n}/{of}" if of else "–", percent(n, of), interval(n, of)
            yield row_of(2, f"{part['element'] or part['unit']} {title}", *asked, *said, "", note)
            yield from _bar(n, of)
            for code, text in texts:
                yield from self._criterion(part["unit"], code, text)

    def _from_where(self) -> Told:
        """From where on it is met."""
        rule = self.files.audit["options"]["judgement"]
        kinds, follows = hints.of_units(self.files.audit)
        said = (
            f"{kinds} is met at {rule['percent']} % of its points or more. It is "
            f"judged only on {rule['min_items']} or more questions that count."
            f"{hints.spoken(hints.hint(self.files.rows('pc_scale'), self.files.audit['options']))}{follows}"
        )
        return Told("2 p", said, spoken=said)

    def _criterion(self, unit: str, code: str, text: str) -> Iterator[Told]:
        items, (n, of) = self.items(unit, code), self.met(unit, code)
        note = "" if any(map(int, items)) else "− not asked"
        mean = _tenths(self._mean(code))
        said = f"{n}/{of}" if of else "–", percent(n, of), interval(n, of), mean, note
        yield row_of(2, f"{code} {text}", *items, *said)
        yield from _bar(n, of)

    def _mean(self, code: str) -> float | None:
        return mean_of(code, self.files.rows("pc_results"), self.files.rows("pc_scale"))

    def _share(self, row: Row) -> dict[str, object]:
        if not row["unit"]:
            return _none()
        n, of = self.people(row["unit"], row["element"])
        low, high = wilson(n, of) if of else (None, None)
        return {"met": n, "judged": of, "share": n / of if of else None, "low": low, "high": high}

    # ── the tables ───────────────────────────────────────────────────────────────────────────

    def tables(self) -> dict[str, Rows]:
        """Name → rows of the tables beside the page."""
        criteria: Rows = []
        for _, unit, element, code, text in self.criteria:
            row, (n, of) = self.rows[unit, code], self.met(unit, code)
            low, high = wilson(n, of) if of else (None, None)
            criteria.append(
                {
                    "unit": unit, "element": element, "pc": code, "text": text,
                    **{f"items_{form}": row[f"items_{form}"] for form in self.forms},
                    "candidates": row["candidates"], "mean_percent": self._mean(code),
                    "met": n, "judged": of, "share": n / of if of else None, "low": low, "high": high,
                    "insufficient": row["insufficient"],
                }
            )  # fmt: skip
        shares = [self._share(row) for row, _, _ in self.parts]
        standard: Rows = [
            {
                "part": row["part"], "unit": row["unit"], "element": row["element"], "title": title,
                "criteria": row["criteria"],
                **{f"asked_{form}": row[f"asked_{form}"] for form in self.forms},
                "met_of_asked": row["met_of_asked"], "met_of_all": row["met_of_all"], **share,
            }
            for (row, title, _), share in zip(self.parts, shares, strict=True)
        ]  # fmt: skip
        return {"criteria": criteria, "standard": standard}


def _none() -> dict[str, object]:
    return dict.fromkeys(("met", "judged", "share", "low", "high"))


def _bar(n: int, of: int) -> Iterator[Told]:
    """The share and its interval, as widths."""
    if of:
        low, high = wilson(n, of)
        yield Told("2 style", f"width: {100 * n / of:.2f}%")
        yield Told("2 style", f"left: {100 * low:.2f}%; width: {100 * max(high - low, 0.006):.2f}%")


def _tenths(value: float | None) -> str:
    return "–" if value is None else f"{real(value, 1)} %"
