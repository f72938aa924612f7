"""The files of a sitting → what is true of it: counts, rules and names, by csv, json, yaml and arithmetic alone."""

from __future__ import annotations

import csv
import hashlib
import json
import math
from collections import Counter
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl
import yaml

Row = dict[str, str]
MIN_N = 10
JUDGED = ("met", "not_met", "undecided")
CENTRES = ("centre", "ศูนย์สอบ")
_THAI_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")


def plain(name: str) -> str:
    """A name as it is compared: its blanks, capitals and script of digits do not count."""
    return "".join(name.translate(_THAI_DIGITS).casefold().split())


def rows_of(path: Path) -> list[Row]:
    """The rows of a CSV file; none where there is no file."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


class Facts:
    """What the files of the run hold that reports are made of: the released one, else the newest."""

    def __init__(self, package: Path, run: int | None = None, *, hidden: bool = False) -> None:
        self.package, self.hidden = package, hidden
        results = package / "results"
        self.runs = sorted(int(one.name) for one in (results / "runs").iterdir() if one.name.isdecimal())
        self.releases = [
            json.loads(one.read_bytes()) for one in sorted((results / "releases").glob("*.json"))
        ]
        self.run = run or (self.releases[-1]["run"] if self.releases else self.runs[-1])
        self.folder = results / "runs" / f"{self.run:04d}"
        self.audit: dict[str, Any] = json.loads((self.folder / "audit.json").read_bytes())
        self.candidates = self._rows("candidates")
        self.results = self._rows("pc_results")
        self.scale = self._rows("pc_scale")
        self.coverage = self._rows("pc_coverage")
        self.quarantine = self._rows("quarantine")
        self.signals = self._rows("signals")
        self.ledger = self._rows("ledger")
        self.unreconciled = self._rows("unreconciled")
        self.key = rows_of(package / "secure" / "key.csv")
        self.exam: dict[str, Any] = yaml.load((package / "exam.yaml").read_bytes(), yaml.CSafeLoader)
        items = yaml.load((package / "secure" / "items.yaml").read_bytes(), yaml.CSafeLoader)
        self.units: list[dict[str, Any]] = items["units"]
        self.stimuli: dict[str, str] = {
            one["id"]: one["shared_stimulus"] for one in items["items"] if one.get("shared_stimulus")
        }
        self.unapproved = [one["status"] in ("draft", "review") for one in items["items"]]

    def _rows(self, name: str) -> list[Row]:
        return rows_of(self.folder / f"{name}.csv")

    @cached_property
    def marked(self) -> dict[str, dict[int, int]]:
        """Candidate → question → the mark as the run keeps it: a bit for each letter, 128 what is no option."""
        table = pl.read_parquet(self.folder / "responses.parquet")
        return {
            who: dict(enumerate(marks, 1)) for who, marks in table.select("candidate_id", "marks").iter_rows()
        }

    def several_asked(self, form: str) -> set[int]:
        """Questions of a form of which several answers are asked."""
        if self.scoring.get("several", "any") == "any":
            return set()
        return {int(row["question"]) for row in self.key if row["form"] == form and "|" in row["key"]}

    @cached_property
    def body(self) -> dict[str, Any]:
        """What the body says in the workspace, which the package stands in."""
        path = self.package.parent / "examgen.yaml"
        return dict(yaml.safe_load(path.read_bytes())["reports"]) if path.is_file() else {}

    @property
    def released_on(self) -> date | None:
        """The day of the release of the run that people are told."""
        said = self.releases[-1].get("date") if self.state == "released" else None
        return date.fromisoformat(said) if said else None

    @cached_property
    def also(self) -> dict[str, set[str]]:
        """Unit → what its standard asks at the level of the exam besides the written test; of the others none."""
        level, occupation = (self.exam["blueprint"].get(name) for name in ("level", "occupation"))
        found = {}
        for unit in self.units:
            methods = {
                method
                for one in unit["assessment"]
                if (not one["levels"] or level in one["levels"])
                and (not one["occupation"] or occupation in (None, one["occupation"]))
                for method in one["methods"]
            }
            test = "written_objective" if "written_objective" in methods else "written"
            if others := methods - {test}:
                found[unit["code"]] = others
        return found

    # ── people ───────────────────────────────────────────────────────────────────────────────

    @property
    def n(self) -> int:
        """How many were scored."""
        return len(self.candidates)

    @property
    def passed(self) -> int:
        return sum(one["decision"] == "pass" for one in self.candidates)

    @property
    def made_up(self) -> int:
        """How many are synthetic."""
        return sum(one.get("synthetic") == "yes" for one in self.candidates)

    @property
    def near(self) -> list[Row]:
        """Who is marked for a second look."""
        return [one for one in self.candidates if one.get("second_look") == "yes"]

    @property
    def percents(self) -> list[float]:
        return [float(one["percent"]) for one in self.candidates if one["percent"]]

    @cached_property
    def of_forms(self) -> Counter[str]:
        """Form that somebody sat → how many."""
        return Counter(one["form"] for one in self.candidates)

    @property
    def printed(self) -> list[str]:
        """The forms of the exam."""
        return list(self.exam["forms"])

    @property
    def place(self) -> str:
        """What stands for centres: `centre`, `room` or `file`."""
        named = (name for name in ("centre", "room") if any(one[name] for one in self.where.values()))
        return next(named, "file")

    @cached_property
    def where(self) -> dict[str, Row]:
        """Candidate → centre and room by the answers, else the roster, else the list of the printing."""
        return {one["candidate_id"]: self._where(one) for one in self.candidates}

    def _where(self, one: Row) -> Row:
        found = {"centre": "", "room": ""}
        for said in self._says_where(one):
            centre = next((said[name] for name in CENTRES if said.get(name)), "")
            if not found["centre"] or not centre or plain(centre) == plain(found["centre"]):
                found["room"] = found["room"] or said.get("room", "")
            found["centre"] = found["centre"] or centre
        found["centre"] = self._spellings.get(plain(found["centre"]), found["centre"])
        found["room"] = self._rooms.get((plain(found["centre"]), plain(found["room"])), found["room"])
        return found

    def _says_where(self, one: Row) -> list[Row]:
        """What answers, roster and list say of a candidate."""
        others = (table.get(one["candidate_id"], {}) for table in (self.roster, self.listed))
        return [one, *others]

    @cached_property
    def of_two_centres(self) -> int:
        """Of how many candidates these name several centres."""
        said = ({plain(said[n]) for said in self._says_where(one) for n in CENTRES if said.get(n)}
                for one in self.candidates)  # fmt: skip
        return sum(len(centres) > 1 for centres in said)

    @cached_property
    def _spellings(self) -> dict[str, str]:
        """A centre as it is written first: in the list, in the roster, in the answers."""
        rows = [*self.listed.values(), *self.roster.values(), *self.candidates]
        names = [row[name] for row in rows for name in CENTRES if row.get(name)]
        return {plain(name): " ".join(name.split()) for name in reversed(names)}

    @cached_property
    def _rooms(self) -> dict[tuple[str, str], str]:
        """A room of a centre as it is written first: in the list, in the roster, in the answers."""
        found: dict[tuple[str, str], str] = {}
        for row in (*self.listed.values(), *self.roster.values(), *self.candidates):
            centre = next((row[name] for name in CENTRES if row.get(name)), "")
            found.setdefault(
                (plain(centre), plain(row.get("room", ""))), " ".join(row.get("room", "").split())
            )
        return found

    @cached_property
    def listed(self) -> dict[str, Row]:
        """Candidate → the line of the list that booklets were printed for."""
        rows = rows_of(self.package / "secure" / "candidates.csv")
        return {row["candidate_id"]: row for row in rows if row["candidate_id"]}

    @cached_property
    def roster(self) -> dict[str, Row]:
        """Candidate → the line of the roster."""
        path = (self.audit.get("ledger") or {}).get("roster", {}).get("file")
        return {row["candidate_id"]: row for row in rows_of(Path(path))} if path else {}

    @cached_property
    def places(self) -> Counter[str]:
        """Centre, room or file → how many; none where one file is all that is known."""
        if self.place != "file":
            return Counter(one[self.place] for one in self.where.values())
        sizes = {Path(one["file"]).name: one["scored"] for one in self.audit["inputs"]}
        return Counter(sizes if len(sizes) > 1 else {})

    @cached_property
    def codes_of_people(self) -> dict[str, str]:
        """Id → the code that stands for it, where people are hidden."""
        tables = sorted((self.package / "codes").glob("*.csv")) if self.hidden else []
        return {row["candidate_id"]: row["code"] for path in tables for row in rows_of(path)}

    # ── criteria ─────────────────────────────────────────────────────────────────────────────

    @cached_property
    def statuses(self) -> dict[str, dict[str, str]]:
        """Candidate → criterion → status; `not_assessed` where nothing was asked."""
        return _statuses(self.results)

    @property
    def statuses_before(self) -> dict[str, dict[str, str]]:
        """The same in the run before."""
        return _statuses(rows_of(self.folder.parent / f"{self.run - 1:04d}" / "pc_results.csv"))

    @cached_property
    def judgements(self) -> Counter[str]:
        """Status → how often, over all candidates and criteria."""
        return Counter(status for own in self.statuses.values() for status in own.values())

    @property
    def judged(self) -> int:
        return sum(self.judgements[one] for one in JUDGED)

    @cached_property
    def codes(self) -> list[str]:
        """Every criterion of the standard."""
        return [c["code"] for unit in self.units for e in unit["elements"] for c in e["criteria"]]

    @cached_property
    def asked(self) -> dict[str, Counter[str]]:
        """Form → criterion → questions that count, in the run."""
        found: dict[str, Counter[str]] = {form: Counter() for form in self.printed}
        for row in self.scale:
            if row["level"] == "pc":
                for form in row["forms"].split(" "):
                    found.setdefault(form, Counter())[row["pc"]] = int(row["asked"])
        return found

    @cached_property
    def asked_printed(self) -> dict[str, Counter[str]]:
        """Form → criterion → questions that count, as it was printed."""
        found: dict[str, Counter[str]] = {form: Counter() for form in self.printed}
        for row in self.key:
            found[row["form"]][row["pc"]] += row["points"] != "0"
        return found

    # ── rules ────────────────────────────────────────────────────────────────────────────────

    @property
    def rule(self) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self.audit["options"]["pass"]
        return found

    @property
    def scoring(self) -> dict[str, Any]:
        return dict(self.audit["options"].get("scoring") or {})

    @property
    def judgement(self) -> dict[str, Any]:
        return dict(self.audit["options"]["judgement"])

    @property
    def certainty(self) -> dict[str, Any]:
        """What is asked of certainty; nothing where none is."""
        return dict(self.judgement.get("certainty") or {})

    def least(self, form: str, pc: str) -> Decimal:
        """The least points that a form gives in a criterion."""
        rows = [
            one for one in self.scale
            if one["level"] == "pc" and one["pc"] == pc and form in one["forms"].split(" ") and one["correct"]
        ]  # fmt: skip
        return min((Decimal(one["correct"]) for one in rows), default=Decimal(0))

    @property
    def is_penal(self) -> bool:
        """Whether a wrong answer costs points."""
        return str(self.scoring.get("wrong", 0)) not in ("0", "0.0")

    @property
    def in_points(self) -> bool:
        """Whether points are no count of right items."""
        return self.is_penal or self.scoring.get("several") == "partial"

    def most(self, form: str) -> Decimal | None:
        """The points of a form; None of a form that nobody sat."""
        found = {one["max_score"] for one in self.candidates if one["form"] == form}
        return Decimal(found.pop()) if found else None

    def cut(self, form: str) -> Decimal | None:
        """The cut on the total of a form, in points."""
        rule, most = self.rule, self.most(form)
        if rule is None or most is None:
            return None
        cuts = []
        if rule["percent"] is not None:
            cuts.append(Decimal(str(rule["percent"])) * most / 100)
        if rule["cut"] in ("angoff", "file"):
            cuts.append(Decimal(str(self.cuts[form]["cut"])))
        elif rule["cut"] is not None:
            cuts.append(Decimal(str(rule["cut"])))
        return max(cuts, default=None)

    @property
    def cuts(self) -> dict[str, dict[str, Any]]:
        """What judges set by form: in the file of a standard setting, else when the exam was built."""
        found: dict[str, dict[str, Any]] = (
            (self.audit.get("cut") or {}).get("forms") or self.exam.get("cuts") or {}
        )
        return found

    @property
    def has_cut(self) -> bool:
        """Whether the pass rule has a cut on the total."""
        return self.rule is not None and (self.rule["percent"] is not None or self.rule["cut"] is not None)

    @property
    def looks(self) -> bool:
        """Whether the pass rule asks for a second look; where there is no rule, too."""
        return self.rule is None or str(self.rule["second_look"]["sem"]) not in ("0", "0.0")

    def sem(self, form: str) -> float:
        """One standard error at the cut of a form: the rule's, or Lord's; 0 where there is none."""
        cut, most = self.cut(form), self.most(form)
        if cut is None or most is None or not 0 < cut < most or not self.by_lord:
            return 0.0 if cut is None or self.by_lord else float(self.rule["second_look"]["sem"])  # type: ignore[index]
        given = self.given(form)
        n = self.asked[form].total() - given  # of one point each
        cost = {"by_options": Decimal(1) / 3}.get(str(self.scoring.get("wrong", 0)))
        least = given - (Decimal(str(self.scoring.get("wrong", 0))) if cost is None else cost) * n
        return math.sqrt(max(float((cut - least) * (most - cut)) / (n - 1), 0.0))

    def given(self, form: str) -> int:
        """How many questions of a form everybody has right by a correction."""
        made = [one for one in self.corrections if one["kind"] == "credit_all"]
        places = [place for one in made for place in one.get("places") or [one]]
        return len({place["question"] for place in places if place["form"] == form})

    @property
    def by_lord(self) -> bool:
        """Whether the error at the cut is Lord's; so it is called where there is no rule, too."""
        return self.rule is None or self.rule["second_look"]["sem"] == "lord"

    # ── the run ──────────────────────────────────────────────────────────────────────────────

    def in_print(self, letter: str) -> str:
        """A letter of key.csv as the papers print it."""
        is_thai = self.exam["blueprint"].get("choices", "thai") == "thai"
        return letter.translate(str.maketrans("ABCDE", "กขคงจ")) if is_thai else letter

    @property
    def corrections(self) -> list[dict[str, Any]]:
        return list(self.audit.get("corrections") or [])

    @property
    def state(self) -> str:
        """`released`, `superseded` or `unreleased`."""
        if self.releases and self.releases[-1]["run"] == self.run:
            return "released"
        return "superseded" if any(one["run"] == self.run for one in self.releases) else "unreleased"

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256((self.folder / "audit.json").read_bytes()).hexdigest()

    @cached_property
    def before(self) -> list[Row]:
        """candidates.csv of the run before."""
        return rows_of(self.folder.parent / f"{self.run - 1:04d}" / "candidates.csv")

    @cached_property
    def without_corrections(self) -> dict[str, list[str]]:
        """Candidate → score and decision by the key as it was built: those of the first run; of rows that were
        decided on since, what the marks earn, a point each."""
        first = rows_of(self.folder.parent / "0001" / "candidates.csv")
        found = _decisions(first)
        key = {(one["form"], int(one["question"])): one["key"] for one in self.key}
        for one in self.candidates:
            who, form = one["candidate_id"], one["form"]
            if who not in found:
                marks = self.marked[who].items()
                letters = {q: "".join(x for n, x in enumerate("ABCDE") if mark >> n & 1) for q, mark in marks}
                score = sum(letters[q] == right for (of, q), right in key.items() if of == form)
                cut = self.cut(form)
                found[who] = [str(score), "" if cut is None else "pass" if score >= cut else "fail"]
        return {who: found[who] for who in self.decisions}

    @property
    def by_key(self) -> Changes:
        """Whom the corrections gave another score or decision."""
        return _changes(self.without_corrections, self.decisions) if self.corrections else {}

    @property
    def since_before(self) -> Changes:
        """Who has another score or decision than in the run before."""
        return _changes(_decisions(self.before), self.decisions)

    @property
    def decisions(self) -> dict[str, list[str]]:
        """Candidate → score and decision."""
        return _decisions(self.candidates)

    @property
    def audit_before(self) -> dict[str, Any]:
        """What the run before says of itself."""
        path = self.folder.parent / f"{self.run - 1:04d}" / "audit.json"
        return json.loads(path.read_bytes()) if path.is_file() else {}

    def told_before(self, candidate_id: str) -> Row | None:
        """What the release before this one told of a candidate, where its page said otherwise: the row, with
        `same` of score and decision, `criteria` and `standing` of what else is told."""
        if self.state != "released" or len(self.releases) < 2:
            return None
        folder = self.folder.parent / f"{self.releases[-2]['run']:04d}"
        then = {one["candidate_id"]: one for one in rows_of(folder / "candidates.csv")}
        now = {one["candidate_id"]: one for one in self.candidates}
        a, b = then[candidate_id], now[candidate_id]
        same = all(a[name] == b[name] for name in ("score", "max_score", "decision"))
        results = [
            next(row for row in rows if row["candidate_id"] == candidate_id)
            for rows in (rows_of(folder / "pc_results.csv"), self.results)
        ]
        points = [{k: x for k, x in row.items() if not k.endswith("_percent")} for row in results]
        beside = ("scaled", "rank", "percentile", "t_score", "criteria_met")
        standing = any(a.get(name, "") != b.get(name, "") for name in beside)
        standing |= len(then) != len(now) and any(a.get(name) for name in beside[1:4])
        if same and points[0] == points[1] and not standing:
            return None
        other = {"same": same, "criteria": points[0] != points[1], "standing": standing}
        return {**a, **{name: "yes" if is_so else "" for name, is_so in other.items()}}

    @cached_property
    def analysis(self) -> dict[str, Any] | None:
        """What an analysis of this run found."""
        path = self.package / "analysis" / f"run-{self.run:04d}" / "analysis.json"
        return json.loads(path.read_bytes()) if path.is_file() else None


Changes = dict[str, tuple[list[str] | None, list[str] | None]]


def _decisions(rows: list[Row]) -> dict[str, list[str]]:
    return {one["candidate_id"]: [one["score"], one["decision"]] for one in rows}


def _changes(then: dict[str, list[str]], now: dict[str, list[str]]) -> Changes:
    return {who: (then.get(who), now.get(who)) for who in {*then, *now} if then.get(who) != now.get(who)}


def _statuses(rows: list[Row]) -> dict[str, dict[str, str]]:
    """Candidate → criterion → status."""
    end = "_status"
    return {
        row["candidate_id"]: {
            name.removesuffix(end): row[name] or "not_assessed" for name in row if name.endswith(end)
        }
        for row in rows
    }


def deviation(values: list[float]) -> float:
    """Standard deviation over n − 1."""
    if len(values) < 2:
        return math.nan
    mean = sum(values) / len(values)
    return math.sqrt(sum((x - mean) ** 2 for x in values) / (len(values) - 1))
