"""Candidates and other persons of a sitting → codes, put in place of numbers and names in files.

A candidate has the code that reports have under `--pseudonymous`, everybody else one that begins with `S-`.
Tables, JSON, lines of JSON and texts are coded; whatever else a file is, it is left out. What was coded is
searched once more, letter by letter: where a number or a name is left, the file is left out, too.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import PurePosixPath
from typing import Any

from examgen.core.candidate_numbers import canonical_number
from examgen.core.person_decisions import persons_in, without_title
from examgen.core.storage import json_bytes
from examgen.core.words import TRANSLATABLE
from examgen.reports.pseudonyms import short_codes

SHORTEST_NUMBER, SHORTEST_NAME = 5, 4
"""A shorter number is coded where a field says that it is one, a shorter name where it is all that a cell
says: in a sentence either may be anything."""
SURE_NUMBER = 9
"""A number of so many letters and figures is one wherever it stands."""
STAFF_FIELDS = frozenset(
    (
        *("by", "confirmed_by", "approved_by", "given_by", "checked_by", "reported_by", "expert", "judge"),
        *("packed_by", "received_by", "opened_by", "returned_by", "destroyed_by", "assessor", "drafted_by"),
        *("reviewer", "invigilators", "person", "answers_for", "read_by", "handler"),
    )
)
"""Fields that name persons other than candidates."""
_NUMBER_FIELDS = frozenset(("candidate_id", "candidates", "who", "may_be", "only_before", "only_after"))
_LEFT_OUT = frozenset(("raw", "line", "seal"))
"""Rows word for word, as somebody typed them; where in a file a row stands, for files are in the order of the
list of candidates; seals, which hold no longer."""
_OF_A_CANDIDATE = frozenset(("document", "seat", "serial"))
"""What a candidate had in hand, or shares with a list at a door: left out beside a candidate."""
_OF_AN_ACT = frozenset(("previous", "sha256", "size"))
"""Of an act on record what is left out: whoever tries all numbers finds the one that gives the digest."""
_AT_LINE = re.compile(r"(\.(?:csv|tsv|xlsx|jsonl)(?::[^\s:,;]+)?):\d+")
"""The line of a file at the end of its name, or of a sheet of it."""
_OF_CASES = frozenset(
    (
        "kind",
        "case",
        "received",
        "due",
        "last_day",
        "release",
        "run",
        "source",
        "outcome",
        "of",
        "unit",
        "candidate_id",
        "result",
    )
)
"""Of the details of a case what is told: the others say who complains of what, in words of their own."""
_TOKEN = re.compile(r"[0-9A-Za-z\u0e50-\u0e59]+(?:[-/_.\u2010-\u2015\u2212][0-9A-Za-z\u0e50-\u0e59]+)*")
_PART = re.compile(r"[0-9A-Za-z\u0e50-\u0e59]+(?:[-\u2010-\u2015\u2212][0-9A-Za-z\u0e50-\u0e59]+)*")
_SPACED = re.compile(r"\d[\d\s\u00ad\u200b\u2010-\u2015\u2212-]{5,}\d")
_TEXTS = (".yaml", ".yml", ".txt")


def plain_name(name: str) -> str:
    """A name as it is compared."""
    return " ".join(unicodedata.normalize("NFC", name).split())


class PersonCodes:
    """Who has which code. Numbers are compared however they are written."""

    def __init__(
        self,
        numbers: Mapping[str, str],
        names: Mapping[str, str],
        staff: Iterable[str],
        secret: bytes,
    ) -> None:
        """`numbers` and `names` (of candidates) → codes; `staff` are names of all others."""
        self._numbers = {canonical_number(number): code for number, code in numbers.items()}
        self._candidates = frozenset(self._numbers.values())
        self._secret = secret
        self._names: dict[str, str] = {}
        for name, code in names.items():
            self._enter(name, code)
        others: dict[str, set[str]] = {}
        for text in staff:
            for name in persons_in(text):
                others.setdefault(plain_name(without_title(name) or name), set()).add(name)
        coded = short_codes([f"staff {name}" for name in sorted(others)], secret)
        for bare, written in others.items():
            for name in written:
                self._enter(name, f"S-{coded[f'staff {bare}']}")
        self._by_start: dict[str, list[str]] = {}
        for name in sorted(self._names, key=len, reverse=True):
            if len(name) >= SHORTEST_NAME:
                self._by_start.setdefault(name[:SHORTEST_NAME], []).append(name)
        self._long = frozenset(one for one in self._numbers if len(one) >= SHORTEST_NUMBER)
        self._lengths = sorted({len(one) for one in self._long})

    def _enter(self, name: str, code: str) -> None:
        """A name, as it is written and without its title; a candidate's goes before another person's."""
        for one in (plain_name(name), plain_name(without_title(name))):
            if one:
                self._names.setdefault(one, code)

    # ── parts of a file ──────────────────────────────────────────────────────────────────────

    def text(self, text: str) -> str:
        """A sentence with codes in place of names and numbers, and without lines of files."""
        return _AT_LINE.sub(r"\1", self._without_numbers(self._without_names(text)))

    def certificate(self, number: str) -> str:
        """The code of a certificate, whose number stands beside the name of its holder."""
        name = f"certificate {number}"
        return f"C-{short_codes([name], self._secret)[name]}"

    def value(self, field: str, text: str) -> str:
        """What stands in a field of that name."""
        if not text or field == "raw":
            return ""
        if (code := self._numbers.get(canonical_number(text))) and (
            field in _NUMBER_FIELDS or len(canonical_number(text)) >= SHORTEST_NUMBER
        ):
            return code
        if code := self._names.get(plain_name(text)):
            return code
        if field in _NUMBER_FIELDS:
            parts = re.split(r"([\s,;]+)", text)
            return self.text("".join(self._numbers.get(canonical_number(one), one) for one in parts))
        return self.text(text)

    def data(self, value: Any, field: str = "") -> Any:
        """A document of JSON; ids and values of messages are left out, for their sentence says the same."""
        if isinstance(value, str):
            return self.value(field, value)
        if isinstance(value, Mapping):
            if field == "details":
                value = {name: one for name, one in value.items() if name in _OF_CASES}
            if "candidate_id" in value:
                value = {name: one for name, one in value.items() if name not in _OF_A_CANDIDATE}
                if isinstance(value.get("name"), str):
                    value = {**value, "name": self._known_name(value["name"])}
            if {"act", "by"} <= value.keys():
                value = {name: one for name, one in value.items() if name not in _OF_AN_ACT}
            return {
                self.value("candidate_id" if len(name) >= SHORTEST_NUMBER else "", str(name))
                or str(name): self.data(one, str(name))
                for name, one in value.items()
                if not str(name).endswith(TRANSLATABLE) and name not in _LEFT_OUT
            }
        if isinstance(value, list | tuple):
            return self._by_code([self.data(one, field) for one in value], field)
        return value

    def _by_code(self, found: list[Any], field: str = "") -> list[Any]:
        """A list with candidates in the order of their codes: theirs may be that of a list at a door."""
        if field in _NUMBER_FIELDS and all(isinstance(one, str) for one in found):
            return sorted(found)
        at = [n for n, one in enumerate(found) if isinstance(one, dict) and "candidate_id" in one]
        for n, one in zip(at, sorted((found[n] for n in at), key=_code_in), strict=True):
            found[n] = one
        return found

    def _known_name(self, name: str) -> str:
        """A name of a candidate, nothing where nobody is known by it: as somebody wrote it."""
        return name if plain_name(name) in self._names else ""

    def _without_names(self, text: str) -> str:
        if not self._by_start:
            return text
        # names are compared composed and with single blanks: sentences, too
        plain = unicodedata.normalize("NFC", text)
        found: list[str] = []
        at = begin = 0
        while at < len(plain):
            name = next(
                (
                    one
                    for one in self._by_start.get(plain[at : at + SHORTEST_NAME], ())
                    if plain.startswith(one, at)
                ),
                None,
            )
            if name is None:
                at += 1
                continue
            found += [plain[begin:at], self._names[name]]
            at = begin = at + len(name)
        return "".join((*found, plain[begin:])) if found else text

    def _without_numbers(self, text: str) -> str:
        def coded(found: re.Match[str]) -> str:
            plain = canonical_number(found[0])
            if plain in self._long:
                return self._numbers[plain]
            return _PART.sub(
                lambda part: (
                    self._numbers.get(canonical_number(part[0]), part[0])
                    if canonical_number(part[0]) in self._long
                    else part[0]
                ),
                found[0],
            )

        def spaced(found: re.Match[str]) -> str:
            plain = canonical_number(found[0])
            return self._numbers[plain] if plain in self._long else found[0]

        return _SPACED.sub(spaced, _TOKEN.sub(coded, text))

    # ── files ────────────────────────────────────────────────────────────────────────────────

    def file(self, name: str, data: bytes) -> bytes | None:
        """A file under codes; None where that cannot be done."""
        suffix = PurePosixPath(name).suffix.lower()
        try:
            text = data.decode("utf-8-sig")
            if suffix == ".csv":
                coded = self._table(text)
            elif suffix == ".json":
                coded = json_bytes(self.data(json.loads(text))).decode()
            elif suffix == ".jsonl":
                lines = _acts_by_code([self.data(json.loads(line)) for line in text.splitlines() if line])
                coded = "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines)
            elif suffix in _TEXTS:
                coded = self.text(text)
            else:
                return None
        except (ValueError, RecursionError, csv.Error):
            return None
        if next(self.left(coded), None) is not None:
            return None
        mark = "\ufeff" if suffix == ".csv" else ""
        return (mark + coded).encode()

    def _table(self, text: str) -> str:
        rows = csv.reader(io.StringIO(text))
        head = next(rows, [])
        away = _LEFT_OUT | _OF_A_CANDIDATE if "candidate_id" in head else _LEFT_OUT - {"seal"}
        kept = [n for n, name in enumerate(head) if name.strip() not in away]
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([head[n] for n in kept])
        name = head.index("name") if {"candidate_id", "name"} <= {*head} else -1
        found = []
        for row in rows:
            if 0 <= name < len(row):
                row[name] = self._known_name(row[name])
            found.append([self.value(head[n].strip(), row[n]) if n < len(row) else "" for n in kept])
        if "candidate_id" in head:
            whose = [head[n] for n in kept].index("candidate_id")
            found.sort(key=lambda row: row[whose])
        elif any(cell in self._candidates for row in found for cell in row):
            found.sort()
        writer.writerows(found)
        return out.getvalue()

    def left(self, text: str) -> Iterator[str]:
        """Numbers and names that a text still has, wherever they stand in it."""
        for length in self._lengths:
            for at in range(len(text) - length + 1):
                if text[at : at + length] in self._long and (
                    length >= SURE_NUMBER or _stands_alone(text, at, at + length)
                ):
                    yield text[at : at + length]
        for at in range(len(text) - SHORTEST_NAME + 1):
            for name in self._by_start.get(text[at : at + SHORTEST_NAME], ()):
                if text.startswith(name, at):
                    yield name


def _stands_alone(text: str, begin: int, end: int) -> bool:
    """Whether no letter or figure stands beside it: a short number is in many a digest."""
    around = text[max(begin - 1, 0) : begin] + text[end : end + 1]
    return not any(one.isascii() and one.isalnum() for one in around)


def _code_in(said: Mapping[str, Any]) -> str:
    return str(said.get("candidate_id") or "")


def _acts_by_code(lines: list[Any]) -> list[Any]:
    """Acts on record; several of one kind on candidates that follow each other stand in the order of their
    codes, without number and time of day: they were taken in the order of the list."""

    def alike(line: Any) -> tuple[object, ...] | None:
        if not isinstance(line, dict) or not (line.get("kind") == "person" or "candidate_id" in line):
            return None
        return line.get("act"), line.get("by"), str(line.get("time"))[:10]

    found: list[Any] = []
    for of, group in groupby(lines, alike):
        own = list(group)
        if of is not None and len(own) > 1:
            own.sort(key=lambda one: str(one.get("candidate_id") or one.get("name")))
            own = [
                {name: value[:10] if name == "time" else value for name, value in one.items() if name != "n"}
                for one in own
            ]
        found += own
    return found


def without_digests(audit: Mapping[str, Any]) -> dict[str, Any]:
    """The audit of a run without the digests of files that name persons: many a file names one alone."""
    found = {name: one for name, one in audit.items() if name not in ("files", "previous")}
    for name in ("records", "inputs"):
        if isinstance(found.get(name), list):
            found[name] = [{field: x for field, x in one.items() if field != "sha256"} for one in found[name]]
    if isinstance(ledger := found.get("ledger"), Mapping) and isinstance(ledger.get("roster"), Mapping):
        found["ledger"] = {**ledger, "roster": {"file": ledger["roster"].get("file")}}
    return found
