"""A scoring, once its rows are settled → its audit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from examgen import __version__
from examgen.core.exam.digests import keyed
from examgen.core.exam.names import KEY_CSV
from examgen.core.files import sha256
from examgen.core.responses.rows import KINDS
from examgen.core.words import with_ids
from examgen.scoring.corrections import WHAT_CORRECTIONS_DO, correction_record
from examgen.scoring.exact_arithmetic import points_text
from examgen.scoring.recorded_decisions import cut_record, rule_with_cut

if TYPE_CHECKING:
    from examgen.scoring.run import ScoredRun


def audit_of(run: ScoredRun, hashes: Sequence[str]) -> dict[str, Any]:
    """Return the audit of the scoring itself; `hashes` are those of the answer files."""
    said, read, results = run.asked.manifest, run.read, run.results
    options = {name: said["blueprint"].get(name) for name in ("pass", "judgement", "report", "scoring")}
    if run.records.cut is not None:
        options["pass"] = rule_with_cut(options["pass"], run.records.cut)
    scored = len(read.rows)
    decisions: dict[str, int] = {"pass": 0, "fail": 0}
    if results.passed is not None:
        passed = int(results.passed.sum())
        decisions = {"pass": passed, "fail": scored - passed}
        if results.second_look is not None:
            decisions["second_look"] = int(results.second_look.sum())

    # what people decided, with the hashes of the files that say so
    records = run.records
    on_record: dict[str, Any] = {}
    if records.files:
        scaled: dict[str, Any] = {}
        if records.scaled:
            # with where it comes from, if its file says that
            source = records.scaled.source
            left_out: Any = None if source else {"source"}
            if source and not source.advice:
                left_out = {"source": {"advice"}}
            scaled = {"scaled": records.scaled.model_dump(mode="json", exclude=left_out)}
        on_record = {
            "records": [one.said() for one in records.files],
            "decided": records.grader_decisions.record(),
            "corrections": correction_record(records.corrections, run.key.corrected),
            **scaled,
            **({"cut": cut_record(records.cut)} if records.cut else {}),
        }

    # what was said of columns, and what of the marks was not understood; nothing where all was plain
    layout, assignment = run.source.layout, run.source.layout.assignment
    invalid = results.kinds[:, KINDS.index("invalid")]
    how_read: dict[str, Any] = {}
    if run.columns is not None:
        how_read["columns"] = run.columns.written()
    if layout.accepts_unreadable:
        how_read["unreadable"] = "score"
    if run.register is not None or assignment.dealt:
        how_read["unlisted"] = "aside" if assignment.is_closed else "score"
    if invalid.any():
        marks, rows = int(invalid.sum(dtype=np.int64)), int(np.count_nonzero(invalid))
        how_read["invalid_marks"] = {"marks": marks, "rows": rows}
    if assignment.dealt:
        not_on_list = 0
        # where the list is closed, the rows of others were set aside
        if not assignment.is_closed or len(assignment.roster) or records.grader_decisions.identities:
            not_on_list = sum(assignment.form_of(one.decode()) is None for one in results.ids.tolist())
        how_read["not_on_list"] = not_on_list

    # forms on which the total that is asked for is more than there is to be had, as after a drop
    key, standard = run.key, run.rules.standard
    out_of_reach: dict[str, Any] = {}
    if standard is not None and standard.near is not None:
        asked = np.broadcast_to(standard.hurdles[0].least[:, 0], len(key.names)).tolist()
        out_of_reach = {
            name: {"cut": points_text(int(cut), key.unit), "max_score": points_text(most, key.unit)}
            for name, cut, most in zip(key.names, asked, key.max_total.tolist(), strict=True)
            if cut > most
        }
    of_file = np.bincount(read.rows.file, minlength=len(run.source.files)).tolist()
    reasons = Counter(one.row.reason for one in run.settled.quarantine)
    return {
        "exam": said["blueprint"]["exam"],
        "examgen": __version__,
        "key": {"version": 1, "sha256": said["files"][KEY_CSV]},
        "manifest": sha256(run.asked.written),
        "editions": (said.get("bank") or {}).get("editions") or {},
        "options": options,
        **on_record,
        "inputs": [
            {
                "file": str(file.path),
                "sha256": digest,
                **with_ids("structure", file.structure.label),
                "rows": rows,
                "scored": n_scored,
            }
            for file, digest, rows, n_scored in zip(
                run.source.files, hashes, read.n_rows, of_file, strict=True
            )
        ],
        "rows": {
            "read": sum(read.n_rows),
            "scored": scored,
            "identical_repeats": run.settled.identical_repeats,
            "quarantined": reasons.total(),
        },
        "quarantine": dict(sorted(reasons.items())),
        **how_read,
        **({"cut_out_of_reach": out_of_reach} if out_of_reach else {}),
        "decisions": decisions,
    }


def with_keyed(audit: Mapping[str, Any], key: bytes) -> dict[str, Any]:
    """Return the audit with keyed digests of the decisions on keys and marks.

    Accreditation files omit which answers these decisions say are right, but keep the digests. Seal and
    fingerprint are based on the digests, so nobody can use them to test guesses of what was omitted.
    """
    said = {
        "corrections": [
            [one.get(name) for name in WHAT_CORRECTIONS_DO] for one in audit.get("corrections") or ()
        ],
        # wherever the files lay
        "decided": [
            {name: value for name, value in one.items() if name != "source"}
            for one in audit.get("decided") or ()
        ],
    }
    digests = {name: keyed(key, one) for name, one in said.items() if one}
    return {**audit, "keyed": digests} if digests else dict(audit)


def with_paths_from(root: Path | None, audit: Mapping[str, Any]) -> dict[str, Any]:
    """Return the audit with the paths of files below a folder given relative to it, because absolute paths on
    a server are private and differ between servers.
    """
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
