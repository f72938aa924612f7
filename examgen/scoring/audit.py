"""A scoring, once its rows are settled → what its audit says.

How an audit says that a file was understood (`wide, 12 answers, comma, UTF-8`) → words for a reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from examgen import __version__
from examgen.core.exam.asked import Asked
from examgen.core.exam.names import KEY_CSV
from examgen.core.responses.rows import SetAside
from examgen.core.storage import sha256
from examgen.core.words import Message, joined, tell
from examgen.scoring import inputs, parts, tasks
from examgen.scoring.exact_arithmetic import points_text
from examgen.scoring.repeats import Settled
from examgen.scoring.runs.on_record import Records, correction_record, cut_record, rule_with_cut

if TYPE_CHECKING:
    from examgen.core.models.decisions import ScaledFile
    from examgen.core.register import Register


class Run(NamedTuple):
    """A scoring under way, once its answers are read."""

    asked: Asked
    reading: tasks.Reading
    read: parts.ReadParts
    settled: Settled
    rules: inputs.Rules
    records: Records
    scratch: Path
    target: Path
    register: Register | None = None
    """Who was to come, where that is known."""

    def set_aside(self) -> Iterator[tuple[str, SetAside]]:
        """Every row that is not scored, in the order of files and lines."""
        return inputs.set_aside_rows(self.scratch, self.reading, self.read, self.settled)


def audit_of(
    run: Run, sums: Sequence[tasks.PartSums], reasons: Mapping[str, int], hashes: Sequence[str]
) -> dict[str, Any]:
    """What the audit says of the scoring itself; `reasons` counts rows set aside, `hashes` are those of the
    answer files."""
    said, read, settled = run.asked.manifest, run.read, run.settled
    scored = sum(one.rows for one in sums)
    passing = run.rules.passing
    decisions: dict[str, int] = {"pass": 0, "fail": 0}
    if passing is not None:
        passed = sum(one.passed for one in sums)
        decisions = {"pass": passed, "fail": scored - passed}
        if run.rules.second_look:
            decisions["second_look"] = sum(one.second_look for one in sums)
    return {
        "exam": said["blueprint"]["exam"],
        "examgen": __version__,
        "key": {"version": 1, "sha256": said["files"][KEY_CSV]},
        "manifest": sha256(run.asked.written),
        "editions": (said.get("bank") or {}).get("editions") or {},
        "options": _options(run),
        **_decisions_on_record(run),
        "inputs": [
            {
                "file": str(file.path),
                "sha256": digest,
                "structure": read.structure_of(file).label,
                "rows": read.rows_of(file.number),
                "scored": _of_file(read, sums, file.number),
            }
            for file, digest in zip(run.reading.files, hashes, strict=True)
        ],
        "rows": {
            "read": sum(one.rows + one.set_aside for one in read.found),
            "scored": scored,
            "identical_repeats": settled.identical_repeats,
            "quarantined": sum(reasons.values()),
        },
        "quarantine": dict(sorted(reasons.items())),
        **_how_read(run, sums),
        **_not_on_list(run),
        **_cut_out_of_reach(run),
        "decisions": decisions,
    }


def _how_read(run: Run, sums: Sequence[tasks.PartSums]) -> dict[str, Any]:
    """What was said of columns, and what of the marks was not understood; nothing where all was plain."""
    said, layout = run.reading.said.columns, run.reading.layout
    marks, rows = (sum(one.invalid[k] for one in sums) for k in range(2))
    return {
        **({"columns": said.written()} if said is not None else {}),
        **({"unreadable": "score"} if layout.accepts_unreadable else {}),
        **({"unlisted": "aside" if layout.dealing.is_closed else "score"} if _has_list(run) else {}),
        **({"invalid_marks": {"marks": marks, "rows": rows}} if marks else {}),
    }


def _cut_out_of_reach(run: Run) -> dict[str, Any]:
    """Forms on which the total that is asked for is more than there is to be had, as after a drop; nothing
    where there is none such."""
    key, standard = run.reading.key, run.rules.standard
    if standard is None or standard.near is None:
        return {}
    asked = np.broadcast_to(standard.hurdles[0].least[:, 0], len(key.names)).tolist()
    forms = {
        name: {"cut": points_text(int(cut), key.unit), "max_score": points_text(most, key.unit)}
        for name, cut, most in zip(key.names, asked, key.max_total.tolist(), strict=True)
        if cut > most
    }
    return {"cut_out_of_reach": forms} if forms else {}


def _of_file(read: parts.ReadParts, sums: Sequence[tasks.PartSums], file: int) -> int:
    return sum(one.rows for part, one in zip(read.parts, sums, strict=True) if part.file == file)


def _decisions_on_record(run: Run) -> dict[str, Any]:
    """What people decided, with the hashes of the files that say so; nothing where they decided nothing."""
    records = run.records
    if not records.files:
        return {}
    return {
        "records": [one.said() for one in records.files],
        "decided": records.overlays.record(),
        "corrections": correction_record(records.corrections, run.asked),
        **({"scaled": _scaled_said(records.scaled)} if records.scaled else {}),
        **({"cut": cut_record(records.cut)} if records.cut else {}),
    }


def _scaled_said(scaled: ScaledFile) -> dict[str, Any]:
    """The conversion, with where it comes from if its file says that."""
    left_out = {"source": {"advice"}} if scaled.source and not scaled.source.advice else None
    return scaled.model_dump(mode="json", exclude=left_out if scaled.source else {"source"})


def _options(run: Run) -> dict[str, Any]:
    """The rules of the blueprint; the pass rule with the cut of a file where one was given."""
    said, cut = run.asked.manifest["blueprint"], run.records.cut
    found = {name: said.get(name) for name in ("pass", "judgement", "report", "scoring")}
    return found if cut is None else {**found, "pass": rule_with_cut(found["pass"], cut)}


def _has_list(run: Run) -> bool:
    return run.register is not None or bool(run.reading.layout.dealing.dealt)


def _not_on_list(run: Run) -> dict[str, int]:
    """How many of those scored are not on the list of candidates; nothing where there is no list."""
    dealing = run.reading.layout.dealing
    if not dealing.dealt:
        return {}
    if dealing.is_closed and not len(dealing.roster) and not run.records.overlays.identities:
        return {"not_on_list": 0}  # their rows were set aside
    found = 0
    for number, dropped in enumerate(run.settled.dropped):
        for block in tasks.kept_rows(run.scratch, number, dropped):
            found += sum(dealing.form_of(one.decode()) is None for one in block["ids"].tolist())
    return {"not_on_list": found}


def told_from(root: Path | None, audit: Mapping[str, Any]) -> dict[str, Any]:
    """The audit with the files that lie below a folder named from there: where on its disk a server has them
    is nobody's business, and another one elsewhere."""
    if root is None:
        return dict(audit)
    above = f"{root.as_posix().rstrip('/')}/"

    def named(entries: Iterable[Mapping[str, Any]], field: str = "file") -> list[dict[str, Any]]:
        return [{**one, field: str(one[field]).removeprefix(above)} for one in entries]

    found = {**audit, "inputs": named(audit.get("inputs") or ())}
    if "records" in found:
        found["records"] = named(found["records"])
    if "decided" in found:
        found["decided"] = named(found["decided"], "source")
    if roster := (found.get("ledger") or {}).get("roster"):
        found["ledger"] = {**found["ledger"], "roster": named([roster])[0]}
    return found


# ── in words ─────────────────────────────────────────────────────────────────────────────────

_WORDS = {
    one.en: one
    for one in (
        *(tell("wide"), tell("one string"), tell("long")),
        *(tell("comma"), tell("semicolon"), tell("tab"), tell("pipe")),
        *(tell("UTF-8 with BOM"), tell("gzip"), tell("Parquet")),
        tell("questions by their stems"),
        tell("no form column: the form that was dealt to each candidate"),
    )
}
_ANSWERS, _SHEET, _LINE, _FORM, _RESULTS = (
    re.compile(pattern)
    for pattern in (
        r"(\d+) answers",
        r"sheet '(.*)' of a workbook",
        r"heading on line (\d+)",
        r"form (.+)",
        r"([\d,]+) results from the screen",
    )
)


def structure_words(label: str) -> Message:
    """The parts of a label, each in the reader's language; a part that is not known stays as it is."""
    return joined(_part(part) for part in label.split(", "))


def _part(part: str) -> str:
    if part in _WORDS:
        return _WORDS[part]
    if found := _ANSWERS.fullmatch(part):
        return tell("{n} answers", n=int(found[1]))
    if found := _SHEET.fullmatch(part):
        return tell("sheet '{name}' of a workbook", name=found[1])
    if found := _LINE.fullmatch(part):
        return tell("heading on line {n}", n=int(found[1]))
    if found := _FORM.fullmatch(part):
        return tell("form {form}", form=found[1])
    if found := _RESULTS.fullmatch(part):
        return tell("{n} results from the screen", n=found[1])
    return part
