"""The letter that answers a case, made from the data of the sitting and the workspace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from examgen.bank.settings import body_words, case_settings
from examgen.core.candidate_numbers import canonical_number
from examgen.core.exam.names import RESULTS
from examgen.core.exam.package import read_exam
from examgen.core.exam.releases import all_releases
from examgen.core.models.papers import Digits
from examgen.reports.outcome_letter import OutcomeLetter, letter_pdf
from examgen.scoring.sitting_folder import Sitting
from examgen.scoring.sitting_plan import plan_of
from examgen.sitting import roster
from examgen.sitting.cases import CaseState

if TYPE_CHECKING:
    from examgen.core.signing.signers import FileSigner


def letter_of(
    sitting: Sitting, workspace: Path, digits: Digits = "arabic", signer: FileSigner | None = None
) -> Callable[[CaseState, date], bytes]:
    """Return the function that makes the letter of a case of the sitting, signed if there is a signer."""
    exam, plan = read_exam(sitting.exam), plan_of(sitting.exam)
    body = body_words(workspace).name if plan is None or plan.body is None else plan.body
    names = {canonical_number(who): name for who, name in roster.names(sitting).items()}
    releases = all_releases(sitting.exam / RESULTS)

    def day_of(n: int) -> date | None:
        return releases[n - 1].day if n else None

    def made(state: CaseState, day: date) -> bytes:
        case = state.case
        named = [f"{exam.blueprint.exam}", f"{case.number} ({case.decision_act})"]
        if case.release:
            named.append(f"release {case.release} ({releases[case.release - 1].fingerprint})")
        if state.release_now:
            named.append(f"release {state.release_now} ({releases[state.release_now - 1].fingerprint})")
        letter = OutcomeLetter(
            case,
            day,
            exam.blueprint.exam,
            exam.blueprint.title,
            body,
            names.get(canonical_number(case.candidate_id), "") if case.candidate_id else "",
            None if plan is None else plan.date,
            day_of(case.release),
            state.result_now,
            bool(state.release_now),
            day_of(state.release_now),
            state.awaits_result,
            bool(exam.other_methods),
            case_settings(workspace).further,
            " · ".join(named),
        )
        return letter_pdf(letter, workspace, digits, signer)

    return made
