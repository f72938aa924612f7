"""The files of a package → what the committee's book must say, line by line, and its tables.

`Hidden` are the codes that stand in place of people in a book that names nobody.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from math import ceil
from pathlib import Path
from typing import Any

from tests.reports.readback import hints
from tests.reports.readback.looks import decisions_in, look_of
from tests.reports.readback.oracle_b_changes import Changes, Mover
from tests.reports.readback.oracle_b_files import (
    LEDGER,
    MIN_N,
    SIGNALS,
    WORDS,
    Files,
    Row,
    as_people_count,
    counted,
    interval,
    percent,
    points,
    real,
    table,
)
from tests.reports.readback.oracle_b_told import BETWEEN, Told, dated_row, row_of
from tests.reports.readback.oracle_decision import Decision

DECIDED_ON_PERSON = ("withheld", "disqualified", "withdrawn")
"""Reasons of rows whose candidate has no result by a decision."""

ODD = {
    "‡": "absent_but_scored", "§": "not_on_roster", "#": "other_form", "+": "also_in_quarantine",
}  # fmt: skip
LEGEND = {
    "†": "within one SEM of the cut: the second look is open",
    "=": "within one SEM of the cut: a second look upheld the result",
    "≠": "within one SEM of the cut: a second look changed the result",
    "‡": "absent, but scored",
    "§": "scored, but not on the list",
    "#": "scored on a form that was not dealt",
    "+": "scored, and a further row is in quarantine",
    "¶": "named by an integrity signal: to be looked at, no verdict",
}
BEFORE_SIGNING = {
    "†": (
        "candidate lies within one SEM of the cut, and the second look is",
        "candidates lie within one SEM of the cut, and their second looks are",
        "open",
    ),
    "=": (
        "candidate lies within one SEM of the cut; a second look upheld the",
        "candidates lie within one SEM of the cut; second looks upheld their",
        "result",
    ),
    "≠": (
        "candidate lies within one SEM of the cut; a second look changed the",
        "candidates lie within one SEM of the cut; second looks changed their",
        "result",
    ),
    "‡": (
        "candidate is said to have been absent, but is",
        "candidates are said to have been absent, but are",
        "scored",
    ),
    "§": ("candidate is scored, but not", "candidates are scored, but not", "on the list"),
    "#": ("candidate is scored", "candidates are scored", "on a form that was not dealt"),
    "+": (
        "candidate is scored while a further row",
        "candidates are scored while a further row of each",
        "is in quarantine",
    ),
    "¶": ("candidate is named by an", "candidates are named by", "integrity signal"),
}
ON_PERSONS = {
    "upheld": "second look: result confirmed",
    "reopened": "second look: open again",
    "appeal-dismissed": "appeal dismissed",
}
LEAST_REPEATED = 100
"""Of fewer candidates nothing is said of a parallel form."""
KINDS = {
    "drop": "does not count",
    "rekey": "another key is right",
    "credit_all": "every candidate gets its points",
}


def without_corrections(files: Files) -> Files | None:
    """The same scoring without the corrections, where the sitting has made one (`oracle_b_sittings.py`)."""
    twin = files.package.parents[1] / "without-corrections" / files.package.name
    return Files(twin, files.run) if twin.is_dir() else None


class Committee:
    """What the book of the newest run says of the files; of `hidden`, each id stands as its code."""

    def __init__(self, files: Files, hidden: Mapping[str, str] | None = None) -> None:
        self.files, self.hidden = files, hidden
        self.people = files.candidates
        self.passed = sum(row["decision"] == "pass" for row in self.people)
        self._by_code = hidden is not None
        self._changes = Changes(files.before, files, self.who, self.name) if files.before else None
        uncorrected = without_corrections(files)
        self._by_key = Changes(uncorrected, files, self.who, self.name) if uncorrected else None

    # ── people ───────────────────────────────────────────────────────────────────────────────

    def who(self, candidate: str) -> str:
        """The candidate's id, or the code; nothing for whoever has none."""
        return candidate if self.hidden is None else self.hidden.get(candidate, "")

    def name(self, candidate: str) -> str:
        """The candidate's name in candidates.csv."""
        if self.hidden is not None:
            return ""
        return next((row.get("name", "") for row in self.people if row["candidate_id"] == candidate), "")

    def cut(self, row: Row) -> Decimal:
        """Points of the cut on the total."""
        return Decimal(row["max_score"]) * int(self.files.audit["options"]["pass"]["percent"]) / 100

    @property
    def centres(self) -> list[tuple[str, list[Row]]]:
        """Candidates by centre, each in the order that people count."""
        found: dict[str, list[Row]] = {}
        for row in self.people:
            found.setdefault(self._centre(row), []).append(row)
        names = sorted(found, key=lambda name: (not name, as_people_count(name)))
        return [
            (name, sorted(found[name], key=lambda row: as_people_count(self.who(row["candidate_id"]))))
            for name in names
        ]

    def _centre(self, row: Row) -> str:
        """Where a candidate sat; an answer file has a number where nobody is named."""
        found = self.files.centre(row)
        names = [Path(one["file"]).name for one in self.files.audit["inputs"]]
        return f"file {names.index(found) + 1}" if self.hidden is not None and found in names else found

    @property
    def signals(self) -> list[list[Row]]:
        """The rows of each signal; numbered anew by kind and code where nobody is named."""
        by_number: dict[str, list[Row]] = {}
        for row in self.files.rows("signals"):
            by_number.setdefault(row["signal"], []).append(row)
        found = list(by_number.values())
        if self.hidden is None:
            return found
        kinds = [rows[0]["kind"] for rows in found]
        coded = [sorted(rows, key=lambda row: self.who(row["candidate_id"])) for rows in found]
        coded.sort(key=lambda rows: (kinds.index(rows[0]["kind"]), self.who(rows[0]["candidate_id"])))
        return [[{**row, "signal": str(n)} for row in rows] for n, rows in enumerate(coded, start=1)]

    @property
    def near(self) -> list[tuple[Row, Decimal, Decimal]]:
        """Whom a second look is asked for, with cut and distance from it, the nearest first."""
        rows = [row for row in self.people if row["second_look"] == "yes"]
        found = [(row, self.cut(row), Decimal(row["score"]) - self.cut(row)) for row in rows]
        return sorted(found, key=lambda one: (abs(one[2]), self.who(one[0]["candidate_id"])))

    @property
    def moved(self) -> list[Mover]:
        """Who is otherwise than in the run before."""
        return self._changes.moved(self._by_code) if self._changes else []

    @property
    def moved_by_key(self) -> list[Mover]:
        """Whom the corrections moved."""
        return self._by_key.moved(self._by_code) if self._by_key else []

    # ── the page ─────────────────────────────────────────────────────────────────────────────

    def lines(self) -> list[Told]:
        """Every line with a number, and every row of a table, in the order of the book."""
        return [
            *self._front(),
            *self._decided(),
            *self._list(),
            *self._near(),
            *self._corrections(),
            *self._lost(),
            *(self._changes.since(self._by_code) if self._changes else ()),
            *self._signals(),
            *self._ledger(),
            *self._items(),
            *self._cautions(),
            self._signature(),
            *(Told("foot", f"{name}: {value}") for name, value in self.files.foot),
        ]

    def _front(self) -> Iterator[Told]:
        exam, n = self.files.audit["exam"], len(self.people)
        yield Told("heard", f"CONFIDENTIAL · {self.files.running}")
        many = len(self.centres) > 1
        yield from (Told("heard", name) for name, _ in self.centres if many and re.search(r"\d", name))
        yield Told("0 title", f"{exam} – Book for the committee")
        yield Told("0 p", f"{n} candidates scored")
        said = f"passed: {self.passed} of {n}; 95 % interval {interval(self.passed, n)}"
        yield Told("0 p", f"{percent(self.passed, n)} {said}", spoken=said)
        looks = [look_of(self.files.package, row)[0] for row, *_ in self.near]
        done = ", ".join(f"{looks.count(name)} {name}" for name in ("upheld", "changed", "open"))
        said = f"near the cut; second looks: {done}"
        yield Told("0 p", f"{len(self.near)} {said}", spoken=said)
        yield Told("0 p", f"{len(self.signals)} integrity signals")
        if n < MIN_N:
            small = f"Fewer than {MIN_N} candidates: read every percentage with its count and its interval."
            yield Told("0 p", small, spoken=small)

    def _decided(self) -> Iterator[Told]:
        """The rule, forms beside each other, what was dropped, how far forms are apart."""
        for part in self.decision.parts():
            yield Told("2 li", part.english, spoken=part.english)
        wrong = (self.files.audit["options"].get("scoring") or {}).get("wrong", 0)
        if wrong not in (0, "by_options"):
            said = f"A wrong answer costs points: {wrong} of those of the question."
            yield Told("2 p", f"{said} A question left blank costs nothing.", spoken=said)
        rule = self.files.audit["options"]["judgement"]
        kinds, follows = hints.of_units(self.files.audit)
        said = (
            f"{kinds} is met at {rule['percent']} % of its points or more. It is "
            f"judged only on {rule['min_items']} or more questions that count."
            f"{hints.spoken(hints.hint(self.files.rows('pc_scale'), self.files.audit['options']))}{follows}"
        )
        yield Told("2 p", said, spoken=said)
        table = self.decision.table()
        if table:
            head = row_of(2, *self.decision.heads())
            yield head._replace(spoken=BETWEEN * 5 + "95 % interval")
            yield from (row_of(2, *cells) for cells in table)
            if gap := self.decision.cut_gap():
                yield Told("2 p", gap.english, spoken=gap.english)
        else:
            (form,) = self.decision.forms
            cut, sem = self.decision.cut(form.name, form.most), self.decision.sem(form)
            assert cut is not None
            said = (
                f"Form {form.name}: cut {points(cut)} of {points(form.most)} points, {self.decision.sem_kind} "
                f"{real(sem)} points."
            )
            yield Told("2 p", said, spoken=said)
        yield from (Told("2 p", said, spoken=said) for said in self._repeated())
        for sentences in self.decision.cautions():
            said = " ".join(one.english for one in sentences)
            yield Told("2 p", said, spoken=said)

    def _repeated(self) -> Iterator[str]:
        """Why it is not said how often decisions would repeat: these sittings are too small for that."""
        fewest = min(self.passed, len(self.people) - self.passed)
        assert len(self.people) < LEAST_REPEATED or fewest < MIN_N, "the oracle knows no model of the answers"
        yield (
            "How often these decisions would repeat on a parallel form cannot be said: it takes "
            f"{LEAST_REPEATED} candidates, at least {MIN_N} who passed and {MIN_N} who did not."
        )

    @cached_property
    def decision(self) -> Decision:
        """What the decisions of the run rest on."""
        return Decision(self.files.package, self.files.folder)

    @cached_property
    def marks(self) -> dict[str, str]:
        """Candidate → the signs beside the name in the list, each in the order of the legend."""
        odd = {(row["candidate_id"], row["what"]) for row in self.files.rows("unreconciled")}
        signalled = {row["candidate_id"] for row in self.files.rows("signals")}
        found = {}
        for row in self.people:
            who = row["candidate_id"]
            look, _ = look_of(self.files.package, row)
            signs = (
                [{"open": "†", "upheld": "=", "changed": "≠"}[look]] if row["second_look"] == "yes" else []
            )
            signs += [sign for sign, what in ODD.items() if (who, what) in odd]
            found[who] = " ".join([*signs, *["¶"] * (who in signalled)])
        return found

    def marked(self) -> list[tuple[str, int]]:
        """Each sign of the list with how many have it."""
        counts = [(sign, sum(sign in own.split() for own in self.marks.values())) for sign in LEGEND]
        return [(sign, n) for sign, n in counts if n]

    def _list(self) -> Iterator[Told]:
        for sign, n in self.marked():
            yield Told("3 li", f"{sign} {LEGEND[sign]}: {n}")
        yield from self._without()
        if len(self.centres) > 1:
            yield row_of(3, self.files.place[0], "candidates", "passed", "second look", "go to")
            for name, rows in self.centres:
                looks = sum(row["second_look"] == "yes" for row in rows)
                yield row_of(3, name or self.files.place[1], str(len(rows)), _passed(rows), str(looks), "↓")
        for name, rows in self.centres:
            said = f"{_counted(len(rows))}; passed {_passed(rows)}"
            title = name or ("All candidates" if len(self.centres) == 1 else self.files.place[1])
            yield Told("3 h3", f"{title} {said}", spoken=said)
            named = any(self.name(row["candidate_id"]) for row in rows)
            name_head = ["Name"] if named else []
            why_head = ["Why not passed"] if self.why else []
            yield row_of(3, "Candidate", *name_head, "Form", "Score", "%", "Decision", *why_head, "marks")
            for row in rows:
                who = row["candidate_id"]
                score, most, per = (row[name].replace("-", "−") for name in ("score", "max_score", "percent"))
                look = self.marks[who]
                why = [self.why.get(who, "")] if self.why else []
                cells = [row["form"], f"{score} / {most}", per, WORDS[row["decision"]], *why, look]
                yield row_of(3, self.who(who), *([self.name(who)] if named else []), *cells)

    @cached_property
    def why(self) -> dict[str, str]:
        """Why somebody did not pass, as the list has it: these rules have the total, or one criterion besides."""
        found = {}
        results = {row["candidate_id"]: row for row in self.files.rows("pc_results")}
        for row in self.people:
            if row["decision"] == "pass":
                continue
            who = row["candidate_id"]
            if all(row[name] == "0" for name in ("answered", "multiple", "invalid")):
                found[who] = "no answer at all"
            elif Decimal(row["score"]) < self.cut(row):
                found[who] = f"< {points(self.cut(row))}"
            else:
                parts = self.files.audit["options"]["pass"]["criteria"]
                ((code, percent),) = [
                    (code, percent)
                    for code, percent in parts.items()
                    if Decimal(results[who][f"{code}_percent"]) < Decimal(str(percent))
                ]
                found[who] = f"{code} < {percent} %"
        return found

    def _near(self) -> Iterator[Told]:
        if not self.near:
            return
        near = self.near
        if len(near) > 40:
            near = [one for one in near if look_of(self.files.package, one[0])[0] != "upheld"]
        if upheld := len(self.near) - len(near):
            was, them = ("result was", "it") if upheld == 1 else ("results were", "them")
            said = f"{upheld} {was} reviewed and confirmed. The table beside this report lists {them}."
            yield Told("4 p", said, spoken=said)
        cuts = {row["form"]: self.cut(row) for row in self.people}
        between = ", ".join(f"{form} {ceil(cut)}" for form, cut in cuts.items() if cut % 1)
        if between and not (self.files.audit["options"].get("scoring") or {}).get("wrong", 0):
            said = f"No score lies on that cut; the least score that reaches it is, by form, {between}."
            yield Told("4 p", said, spoken=said)
        if not near:
            return
        named = any(self.name(row["candidate_id"]) for row, *_ in near)
        name_head = ["Name"] if named else []
        heads = ("Form", "Score", "Cut", "Points from the cut", "Decision", "What the second look decided")
        yield row_of(4, "Candidate", *name_head, *heads)
        for row, cut, distance in near:
            who = row["candidate_id"]
            cells = (
                self.who(who), *([self.name(who)] if named else []), row["form"], row["score"].replace("-", "−"),
                points(cut), points(distance, sign=True), WORDS[row["decision"]],
            )  # fmt: skip
            look, day = look_of(self.files.package, row)
            if look == "open":
                yield row_of(4, *cells, "")
            else:
                yield dated_row(4, *cells, day, before=f"result {look}, ")

    def _corrections(self) -> Iterator[Told]:
        if corrections := self.corrections:
            heads = (
                "Item, or form and question",
                "What was done",
                "Key",
                "Holds for",
                "Reason",
                "By",
                "Date",
            )
            yield row_of(5, *heads)
            for one in corrections:
                where = one["item"] or f"{one['form']}: {one['question']}"
                key = one["key"].replace(" ", ", ") or "–"
                places = " ".join(
                    re.sub(
                        r"(.+):(.+?)(?:=(.+))?",
                        lambda m: f"{m[1]}: {m[2]}" + (f" ({m[3]})" if m[3] else ""),
                        place,
                    )
                    for place in one["places"].split()
                )
                done = KINDS[one["kind"]], key, places
                by = one["by"] or "left out, as names are"
                yield dated_row(5, where, *done, one["reason"], by, one["date"])
        if self._by_key:
            yield from self._by_key.by_key(self._by_code)
        if decided := self.decided:
            yield Told("5 h3", f"Decisions on single rows ({len(decided)})")
            yield row_of(5, "File and line", "What was decided", "Reason", "By", "Date")
            for row in decided:
                cells = (row[name] for name in ("decision", "reason", "by", "date"))
                yield dated_row(5, f"{row['file']}:{row['line']}", *cells)
        if persons := decisions_in(self.files.package):
            yield Told("5 h3", f"Decisions on persons ({len(persons)})")
            yield row_of(
                5, "Candidate", "What was decided", *([] if self.hidden else ["Reason", "By"]), "Date"
            )
            for act in persons:
                said = ON_PERSONS[act["act"]]
                if result := act.get("result"):
                    score, most = (result[name].replace("-", "−") for name in ("score", "max_score"))
                    said += f" ({score} / {most} {WORDS[result['decision']]})"
                reason, by = (
                    f"{act['reason']}; {act['evidence']}",
                    f"{act['by']}; confirmed by {act['confirmed_by']}",
                )
                yield dated_row(
                    5, self.who(act["name"]), said, *([] if self.hidden else [reason, by]), act["date"]
                )

    @property
    def corrections(self) -> list[Row]:
        """Corrections as the audit has them; in a book that names nobody without who made them."""
        fields = ("kind", "form", "question", "item", "key", "reason", "by", "date")
        found = []
        for one in self.files.audit.get("corrections", ()):
            texts = {name: one.get(name, "") for name in fields}
            row = {n: " ".join(map(str, v)) if isinstance(v, list) else str(v) for n, v in texts.items()}
            row["key"] = row["key"] if row["item"] else self._in_print(row["key"])
            row["places"] = " ".join(
                f"{place['form']}:{place['question']}"
                + (f"={self._in_print(place['key'])}" if "key" in place else "")
                for place in one["places"]
            )
            if self.hidden is not None:
                row["by"] = ""
                row["reason"] = re.sub(r"\w+", lambda m: self.who(m[0]) or m[0], row["reason"])
            found.append(row)
        return found

    def _lost(self) -> Iterator[Told]:
        """What became of forms that lost questions."""
        for sentences in self.decision.dropped():
            said = " ".join(one.english for one in sentences)
            yield Told("5 p", said, spoken=said)

    @property
    def decided(self) -> list[Row]:
        """Decisions on rows as the audit has them; none in a book that names nobody."""
        fields = ("file", "line", "decision", "reason", "by", "date")
        said = self.files.audit.get("decided", ()) if self.hidden is None else ()
        return [{name: str(one.get(name, "")) for name in fields} for one in said]

    def _signals(self) -> Iterator[Told]:
        for rows in self.signals:
            number = rows[0]["signal"]
            rooms = ", ".join(dict.fromkeys(row["room"] for row in rows if row["room"]))
            yield Told("6 h3", f"{number}. {SIGNALS[rows[0]['kind']]}{rooms and ' – '}{rooms}")
            th, en = rows[0]["seen_th"], rows[0]["seen_en"]
            if re.search(r"\d", en):
                yield Told("6 p", en, th, en)
            people = ", ".join(f"{self.who(row['candidate_id'])} ({row['form']})" for row in rows)
            yield Told("6 p", f"Candidates: {people}")
        equal = (
            "Equal answers of several candidates are a signal where 3 or more are wrong and chance gives such "
            "in at most 1 of 100 administrations. Other equal papers may stand in the answer files; they are "
            "not named."
        )
        yield Told("6 p", equal, spoken=equal)

    def _ledger(self) -> Iterator[Told]:
        read, scored, again, aside = self.files.audit["rows"].values()
        unused = self.unused
        said = f"Rows read {read} = scored {scored} + identical repeats {again}"
        said += f" + not used by decision {unused}" if unused else ""
        said += f" + in quarantine {aside - unused}"
        yield Told("7 p", said, spoken=said)
        if ledger := self.files.rows("ledger"):
            total = {name: int(n) for name, n in ledger[0].items() if n.isdecimal()}
            scored, absent, strangers = (
                total[name] for name in ("scored", "absent_but_scored", "not_on_roster")
            )
            assert len(self.people) == scored + absent + strangers
            assert absent + strangers
            sums = "Registered = present + absent; present = scored + in quarantine + missing."
            more = (
                f"Candidates scored {len(self.people)} = {scored} + {absent} absent, but scored + {strangers} "
                "not on the list."
            )
            yield Told("7 caption", f"{sums} {more}", spoken=more)
            yield row_of(7, "Room or form", *["*"] * len(LEDGER))
            rooms = sorted(
                (row for row in ledger if row["by"] == "room"), key=lambda row: as_people_count(row["name"])
            )
            for row in [*(row for row in ledger if row["by"] != "room"), *rooms]:
                name = row["name"] or "–"
                head = {"total": "all", "room": name, "form": f"Form {name}"}[row["by"]]
                yield row_of(7, head, *(row[column] for column in LEDGER))
        odd = [one for one in self.unreconciled if one[0] not in ("no_row", "absent")]
        for counts in (self.quarantine, odd):
            if counts:
                yield row_of(7, "Reason", "Number")
                yield from (row_of(7, "*", str(n)) for _, n in counts)
        yield from self._aside()
        # in the order of the files, or of the codes
        people = sorted(self.people, key=lambda row: self._by_code and self.who(row["candidate_id"]))
        most = sorted((row for row in people if int(row["blank"]) > 1), key=lambda row: -int(row["blank"]))
        if most:
            yield row_of(
                7, "Candidate", "Form", "answered", "left blank", "marked more than once", "unreadable"
            )
        for row in most[:10]:
            counts = (row[kind] for kind in ("answered", "blank", "multiple", "invalid"))
            yield row_of(7, self.who(row["candidate_id"]), row["form"], *counts)

    def _aside(self) -> Iterator[Told]:
        """Who has no row, then every row in quarantine, then the absent, as the two files have them."""
        people = self.files.rows("unreconciled")
        if found := [
            row
            for row in self.aside
            if row.get("reason") not in DECIDED_ON_PERSON and row.get("reason") != "voided_by_grader"
        ]:
            yield Told("7 h3", f"Who has no row, and rows in quarantine ({len(found)})")
            names = {row["candidate_id"]: row["name"] for row in people if row["candidate_id"]}
            named = self.hidden is None and any(names.get(row["candidate_id"]) for row in found)
            heads = "Status", "File and line", "Reason"
            yield row_of(7, "Candidate", *(["Name"] if named else []), *heads)
            for row in found:
                who = row["candidate_id"]
                name = [names.get(who, "")] if named else []
                where = self._row(row) if "line" in row else "–"
                yield row_of(7, self.who(who) or "–", *name, "*", where, "*" if "line" in row else "–")
        if unused := self.rows_not_used:
            yield Told("7 h3", f"Rows not used by decision ({len(unused)})")
            yield row_of(7, "Number in the row", "File and line", "Reason")
            for row in unused:
                yield row_of(7, self.who(row["candidate_id"]) or "–", self._row(row), "*")

    @property
    def aside(self) -> list[Row]:
        """Lines of unreconciled.csv and quarantine.csv of those who have no result, in the order of the book."""
        people, rows = self.files.rows("unreconciled"), self.files.rows("quarantine")
        alone = {row["candidate_id"] for row in people if row["what"] == "in_quarantine"}
        rows = [row for row in rows if row["reason"] != "voided_by_grader" or row["candidate_id"] in alone]
        none = [row for row in people if row["what"] in ("missing", "no_row", "may_be_in_quarantine")]
        absent = [row for row in people if row["what"] == "absent"]
        groups = [none, rows, absent]
        if self.hidden is not None:
            groups = [sorted(x, key=lambda row: self.who(row["candidate_id"])) for x in groups]
        return [row for group in groups for row in group]

    def _without(self) -> Iterator[Told]:
        """How many have no result."""
        n = 0
        if ledger := self.files.rows("ledger"):
            n = int(ledger[0]["registered"]) - int(ledger[0]["scored"]) - int(ledger[0]["absent_but_scored"])
        rows = len(self.files.rows("quarantine")) - self.unused
        said = [
            _one_or_many(n, "candidate on the list has", "candidates on the list have", "no result"),
            f"No result came of {rows} row{', which is' if rows == 1 else 's, which are'} in quarantine."
            if rows
            else "",
        ]
        if any(said):
            whole = " ".join([*filter(None, said), "They stand under “Is everybody accounted for?”."])
            yield Told("3 p", whole, spoken=whole)

    def _row(self, row: Row) -> str:
        """File and line; where nobody is named the number of the file."""
        return f"{row['file']}:{row['line']}" if self.hidden is None else self.file_of(row)

    def file_of(self, row: Row) -> str:
        """The file; where nobody is named its number."""
        if self.hidden is None:
            return row["file"]
        names = [Path(one["file"]).name for one in self.files.audit["inputs"]]
        return f"file {names.index(row['file']) + 1}"

    @property
    def rows_not_used(self) -> list[Row]:
        """Rows that somebody decided not to use, in the order of the file, or of the codes."""
        decided = ("voided_by_grader", *DECIDED_ON_PERSON)
        rows = [row for row in self.files.rows("quarantine") if row["reason"] in decided]
        return rows if self.hidden is None else sorted(rows, key=lambda row: self.who(row["candidate_id"]))

    @property
    def unused(self) -> int:
        """How many rows somebody decided not to use."""
        return len(self.rows_not_used)

    @property
    def quarantine(self) -> list[tuple[str, int]]:
        """Rows in quarantine by reason."""
        return counted(row["reason"] for row in self.files.rows("quarantine"))

    @property
    def unreconciled(self) -> list[tuple[str, int]]:
        """What does not add up."""
        return counted(row["what"] for row in self.files.rows("unreconciled"))

    def _items(self) -> Iterator[Told]:
        if (found := self.analysis) is None:
            return
        alarms = found["alarms"]
        doubt = sum(one["sure"] in ("almost certain", "likely") for one in alarms)
        enough = sum(one["n"] >= found["min_n"] for one in found["items"])
        if enough:
            said = (
                f"{len(self.flagged)} of {enough} items examined are to be looked at; keys in doubt, almost "
                f"certain or likely: {doubt}; possible: {len(alarms) - doubt}."
            )
            yield Told("8 p", said, spoken=said)
        if left := found["n_items"] - enough:
            said = (
                f"{left} of {found['n_items']} items were not examined, because fewer than {found['min_n']} "
                "candidates answered each. Their keys may be wrong."
            )
            yield Told("8 p", said, spoken=said)
        alpha = "reliability (alpha), 95 % interval"
        heads = ("candidates", "items", "mean number right", "standard deviation", "SEM from alpha", alpha)
        head = row_of(8, "Form", *heads)
        yield head._replace(spoken=BETWEEN * 6 + alpha)
        for one in found["forms"]:
            means = (real(one[name]) for name in ("mean", "sd", "sem"))
            ends = f"{real(one['alpha_low'])}–{real(one['alpha_high'])}"
            counts = (str(one[name]) for name in ("n_candidates", "n_items"))
            yield row_of(8, one["form"], *counts, *means, f"{real(one['alpha'])} ({ends})")
        if alarms:
            where, bank = "Form and question (key → better, as printed)", "by the bank's letters"
            yield row_of(8, "Item", where, "how sure", f"key, {bank}", f"better, {bank}", "candidates", "why")
        for one in alarms:
            better = one["suggested"] or "–"
            asked = self._asked(one["item"], one["key"], [one["suggested"]] if one["suggested"] else [])
            yield row_of(8, one["item"], asked, "*", " ".join(one["key"]), better, str(one["n"]), "*")
        if self.flagged:
            yield row_of(
                8,
                "Item",
                "Form and question",
                "Criterion",
                "candidates",
                "facility",
                "item–rest correlation",
                "why",
            )
        for one in self.flagged:
            measured = real(one["facility"]), real(one["item_rest"])
            where = self._asked(one["name"])
            yield row_of(8, one["name"], where, one["pc"], str(one["n"]), *measured, "*")

    @property
    def _printed(self) -> str:
        """The letters that the papers print."""
        written = (self.files.package / "exam.yaml").read_text("utf-8")
        return "กขคงจ" if re.search(r"^  choices: thai$", written, re.MULTILINE) else "ABCDE"

    def _in_print(self, key: str) -> str:
        """Letters of key.csv as the papers print them."""
        return key.translate(str.maketrans("ABCDE", self._printed))

    def _asked(self, item: str, *options: Sequence[str]) -> str:
        """Form and question of an item in forms.csv, with the letters that these options have there."""
        found = []
        for row in table(self.files.package / "secure" / "forms.csv"):
            if row["item"] != item:
                continue
            order = row["options"].split()
            letters = [
                ", ".join(sorted(self._printed[order.index(o)] for o in own)) for own in options if own
            ]
            found.append(
                f"{row['form']}: {row['question']}" + (f" ({' → '.join(letters)})" if letters else "")
            )
        return "; ".join(found) or "–"

    @property
    def analysis(self) -> dict[str, Any] | None:
        """The analysis of this run, where there is one."""
        path = self.files.package / "analysis" / f"run-{self.files.run:04d}" / "analysis.json"
        return json.loads(path.read_bytes()) if path.is_file() else None

    @property
    def flagged(self) -> list[dict[str, Any]]:
        """The items that it would have looked at."""
        return [one for one in (self.analysis or {"items": ()})["items"] if one["flags"]]

    def _cautions(self) -> Iterator[Told]:
        """What is to be seen before signing: each fact with its number."""
        aside = self.files.audit["rows"]["quarantined"] - self.unused
        unreconciled = dict(self.unreconciled)
        said = [" ".join(one.english for one in sentences) for sentences in self.decision.cautions()]
        given = sum(one["kind"].startswith("credit") for one in self.files.audit.get("corrections", ()))
        gives = "correction gives the points of a question", "corrections give the points of a question each,"
        said += [_one_or_many(given, *gives, "whatever was answered: a score may have risen by that alone")]
        said += [_one_or_many(self.unused, "row is", "rows are", "not used by decision")]
        said += [
            _one_or_many(
                aside, "row is in quarantine and counts", "rows are in quarantine and count", "for nobody"
            )
        ]
        missing = unreconciled.get("missing", 0)
        said += [
            _one_or_many(
                missing, "candidate was present and has", "candidates were present and have", "no row"
            )
        ]
        alone = unreconciled.get("in_quarantine", 0) + unreconciled.get("conflict", 0)
        listed = "on the list, not recorded as absent,"
        said += [
            _one_or_many(
                alone,
                f"candidate {listed} has",
                f"candidates {listed} have",
                "no result: all their rows are in quarantine",
            )
        ]
        if absent := unreconciled.get("absent_in_quarantine", 0):
            has = "candidate is said to have been absent, but has a row in"
            said += [
                _one_or_many(
                    absent, has, "candidates are said to have been absent, but have rows in", "quarantine"
                )
            ]
        for sign, n in self.marked():
            one, many, rest = BEFORE_SIGNING[sign]
            said.append(f"{sign} {_one_or_many(n, one, many, rest)}")
        if (found := self.analysis) is not None:
            for doubt, is_possible in (
                ("in doubt, almost certain or likely to be wrong", False),
                ("possibly wrong", True),
            ):
                named = [
                    f"{one['item']} ({self._asked(one['item'])})"
                    for one in found["alarms"]
                    if (one["sure"] == "possible") == is_possible
                ]
                rest = f"{doubt}: {', '.join(named)}"
                said += [_one_or_many(len(named), "key is", "keys are", rest)]
            enough = sum(one["n"] >= found["min_n"] for one in found["items"])
            if left := found["n_items"] - enough:
                said.append(
                    f"{left} of {found['n_items']} items were not examined, because fewer than {found['min_n']} "
                    "candidates answered each. Their keys may be wrong."
                )
        yield from (Told("9 li", one, spoken=one) for one in said if one.strip("†‡§#+¶ "))

    def _signature(self) -> Told:
        n = len(self.people)
        said = (
            f"We have seen this book, and adopt the results of {n} candidates in the list for signature. "
            f"Passed {self.passed}, not passed {n - self.passed}."
        )
        return Told("9 p", said, spoken=said)


def _one_or_many(n: int, one: str, many: str, rest: str) -> str:
    """A sentence about one or several; nothing of none."""
    plural = "s" if n != 1 and rest in ("integrity signal", "result") else ""
    return f"{n} {one if n == 1 else many} {rest}{plural}." if n else ""


def _counted(n: int) -> str:
    return f"{n} candidate" if n == 1 else f"{n} candidates"


def _passed(rows: Sequence[Row]) -> str:
    n = sum(row["decision"] == "pass" for row in rows)
    share = f" ({percent(n, len(rows))})" if len(rows) >= MIN_N else ""
    return f"{n}/{len(rows)}{share}"
