"""Scored runs on the screen: two of them compared, and what goes into the minutes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from examgen.cli import screen

if TYPE_CHECKING:
    from examgen.workflow.runs import Changes, Compared

MOST_NAMES, MOST_GROUPS = 20, 20
"""Candidates and groups that are shown; `--out` has them all."""

_GROUPS = {"form": "form", "file": "answer file"}


def compare_runs(results: Path, runs: tuple[str, str], out: Path | None, json: bool) -> None:
    """`examgen score EXAM_DIR --compare RUN RUN [--out FILE]`."""
    from examgen.workflow import runs as work

    tell(work.compare_runs(results, *runs), out, json)


def tell(compared: Compared, out: Path | None, json: bool) -> None:
    """What changed, on the screen or as JSON; all who changed in the CSV file `out`, if one is named."""
    from examgen.workflow import runs as work

    if out is not None:
        work.write_changes(compared, out)
    if json:
        screen.print_json(work.as_dict(compared))
        return
    show_comparison(compared)
    if out is not None:
        screen.say(f"{compared.comparison.rows.height:,} lines written to {screen.short(out)}")


def show_comparison(compared: Compared) -> None:
    """What one run says otherwise than another."""
    found = compared.comparison
    before, after = screen_name(compared.before), screen_name(compared.after)
    screen.say(f"{before} → {after}", "bold")
    if compared.causes:
        screen.say(f"what differs in the scoring: {', '.join(compared.causes)}")
    _show_all(found.all)
    _show_alone(found.only_before, f"only in {before}")
    _show_alone(found.only_after, f"only in {after}")
    if found.form_changed:
        screen.say(f"{found.form_changed:,} scored on another form than before")
    if not found.all.anything and not found.form_changed:
        return
    for name, group in found.groups.items():
        _show_group(name, group)
    if changed := [one for one in found.criteria if one.changed]:
        heads = ["criterion", "another status", "now met", "no longer met", "met before", "met after"]
        screen.table("By performance criterion", heads, changed)
    _show_decided(compared)


def screen_name(run: str) -> str:
    """A run as a person calls it: `run 2` of `0002`."""
    return f"run {int(run)}" if run.isdecimal() else "the new scoring" if run.startswith(".") else run


def _show_all(changes: Changes) -> None:
    screen.say(f"candidates: {changes.candidates_before:,} before, {changes.candidates_after:,} after")
    screen.say(
        f"another score: {changes.score_changed:,} ({changes.up:,} up, {changes.down:,} down; "
        f"mean {_signed(changes.mean_change)} points)"
    )
    screen.say(f"another decision: {changes.now_pass:,} now pass, {changes.now_fail:,} now fail")
    screen.say(f"another status on some criterion: {changes.criteria_changed:,}")
    if changes.passed_before is not None or changes.passed_after is not None:
        rates = (_rate(changes.pass_rate_before), _rate(changes.pass_rate_after))
        screen.say(f"pass rate: {rates[0]} before, {rates[1]} after", "bold")


def _rate(share: float | None) -> str:
    return f"{100 * share:.2f} %" if share is not None else "–"


def _signed(points: float | None) -> str:
    return f"{points:+.2f}" if points else "0"


def _show_alone(ids: Sequence[str], said: str) -> None:
    if len(ids):
        names = ", ".join(ids[:MOST_NAMES]) + (" …" if len(ids) > MOST_NAMES else "")
        screen.say(f"{said}: {len(ids):,} ({names})", "yellow")


def _show_group(name: str, group: Sequence[Changes]) -> None:
    changed = sorted((one for one in group if one.anything), key=_weight)
    told = changed[:MOST_GROUPS]
    shown = _GROUPS.get(name, name)
    heads = [shown, "all", "score", "mean", "now pass", "now fail", "status", "pass before", "after"]
    screen.table(f"By {shown}: {len(changed):,} of {len(group):,} changed", heads, map(_cells, told))
    if len(told) < len(changed):
        screen.say(f"  … and {len(changed) - len(told):,} more")


def _weight(one: Changes) -> tuple[int, ...]:
    """Sorts those first where most changed."""
    return -one.now_pass - one.now_fail, -one.score_changed, -one.criteria_changed


def _cells(one: Changes) -> tuple[object, ...]:
    return (
        one.name or "–", f"{one.candidates_after:,}", f"{one.score_changed:,}", _signed(one.mean_change),
        f"{one.now_pass:,}", f"{one.now_fail:,}", f"{one.criteria_changed:,}",
        _rate(one.pass_rate_before), _rate(one.pass_rate_after),
    )  # fmt: skip


def _show_decided(compared: Compared) -> None:
    from examgen.workflow.runs import decided

    rows = decided(compared.comparison)
    if not rows.height:
        return
    columns = (
        "candidate_id",
        "form_after",
        "score_before",
        "score_after",
        "decision_before",
        "decision_after",
    )
    heads = ["candidate", "form", "score before", "after", "decision before", "after"]
    lines = (_plain(row) for row in rows.head(MOST_NAMES).select(columns).iter_rows())
    screen.table(f"Another decision: {rows.height:,}", heads, lines)
    if rows.height > MOST_NAMES:
        screen.say(f"  … and {rows.height - MOST_NAMES:,} more: all of them with --out FILE.csv")


def _plain(row: Sequence[object]) -> list[object]:
    return [f"{cell:g}" if isinstance(cell, float) else cell for cell in row]


# ── what goes into the minutes ───────────────────────────────────────────────────────────────


def told(results: Path) -> list[dict[str, Any]]:
    """Every run that can be read, with the SHA-256 of its audit."""
    from examgen.exam.runs import all_runs

    return [{"run": run.number, "sha256": run.sha256} for run in all_runs(results)]


def show_runs(runs: Sequence[Mapping[str, Any]], asked: str | None = None) -> None:
    """Every run with its fingerprint, and which of them has the one that was asked for."""
    from examgen.exam.runs import LEAST_FINGERPRINT, plain_fingerprint

    wanted = plain_fingerprint(asked) if asked is not None else None
    for run in runs:
        found = wanted is not None and run["sha256"].startswith(wanted)
        said = ", as in the minutes: it and what was before it is as it was then" if found else ""
        screen.say(f"run {run['run']}: fingerprint {run['sha256'][:LEAST_FINGERPRINT]}{said}")
