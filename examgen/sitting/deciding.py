"""Decisions on persons: disqualified, withheld, withdrawn, restored; each in the record of the sitting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from examgen.capture.cells import is_damaged, read_id
from examgen.capture.grader_decisions import clean_text
from examgen.core.candidate_numbers import canonical_number
from examgen.core.changes import change
from examgen.core.exam.exam_tables import read_exam_tables
from examgen.core.exam.names import RESULTS
from examgen.core.exam.runs import newest_run
from examgen.core.problems import Problem, Refused
from examgen.core.storage import PRIVATE_FOLDER
from examgen.core.words import tell
from examgen.scoring.runs.result_tables import read_table
from examgen.scoring.sitting_folder import Sitting
from examgen.scoring.sitting_record import ActName, SittingAct, put_on_record, without_result
from examgen.sitting import roster


def decide(
    sitting: Sitting,
    candidates: Sequence[str],
    decision: ActName,
    by: str,
    reason: str,
    day: date | None = None,
    confirmed_by: str = "",
    evidence: str = "",
) -> list[SittingAct]:
    """Puts a decision on these candidates on record. Raises Refused, and writes nothing, for an id that no
    list and no run has, for a day to come, and where the decision changes nothing."""
    today = date.today()
    problems = []
    if day is not None and day > today:
        message = tell("{day} is still to come", day=day.isoformat())
        raise Refused(tell("nothing was decided"), [Problem("date", "day-to-come", message)])
    sitting.place.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    with sitting.changing():
        known, standing = _known(sitting), without_result(sitting.acts())
        new: list[dict[str, Any]] = []
        for written in candidates:
            number = canonical_number(read_id(written))
            if is_damaged(written) or number not in known:
                message = tell("is on no list of this sitting, and no scoring has read a row of it")
                problems.append(Problem(written, "unknown-candidate", message))
            elif decision == "restored" and number not in standing:
                message = tell("has the result that the scoring gives: nothing is to be restored")
                problems.append(Problem(written, "nothing-to-restore", message))
            elif number in standing and standing[number].act == decision:
                message = tell("was decided so before, by {by}", by=standing[number].by)
                problems.append(Problem(written, "decided-already", message))
            else:
                new.append(
                    {
                        "act": decision,
                        "kind": "person",
                        "file": "",
                        "name": known[number],
                        "sha256": "",
                        "size": 0,
                        "reason": clean_text(reason),
                        "date": (day or today).isoformat(),
                        "confirmed_by": clean_text(confirmed_by),
                        "evidence": clean_text(evidence),
                    }
                )
        if problems:
            raise Refused(tell("nothing was decided"), problems)
        with change(sitting.place, PRIVATE_FOLDER) as one:
            return put_on_record(sitting.place, one, new, clean_text(by))


def _known(sitting: Sitting) -> dict[str, str]:
    """By number, as it is compared, how the list, the roster or the newest run writes it."""
    found = [one.candidate_id for one in roster.people(sitting)]
    found += [who for who in read_exam_tables(sitting.exam).dealt.get("candidate_id", ()) if who]
    if (run := newest_run(sitting.exam / RESULTS)) is not None:
        for name in ("candidates.csv", "quarantine.csv"):
            found += [who for who in read_table(run.folder / name)["candidate_id"].to_list() if who]
    return {canonical_number(one): one for one in reversed(found)}
