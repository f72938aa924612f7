"""Scored runs on the screen: the comparison of two runs, and the fingerprints for the minutes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from examgen.analysis.parts import Parts, ReportedLine, ReportedTable, line
from examgen.commands import screen
from examgen.commands.declared import Outcome
from examgen.commands.loading import on_use
from examgen.core.exam.places import correction_text, in_print
from examgen.core.exam.runs import LEAST_FINGERPRINT, all_runs
from examgen.core.problems import Refused
from examgen.core.record import fingerprint_of, plain_fingerprint
from examgen.core.words import Message, joined, messages_in, noted, tell

with on_use():
    from examgen.core.exam import manifest
    from examgen.core.exam import releases as exam_releases
    from examgen.scoring import compare
    from examgen.scoring import options as scoring_options

MOST_NAMES, MOST_GROUPS = 10, 6
"""The maximum numbers of candidates and of groups shown; `--out` lists all candidates."""

_GROUPS = {"form": tell("form"), "file": tell("answer file")}


def of_comparison(compared: compare.Compared, exam_dir: Path, out: Path | None) -> Outcome:
    """Return the changes between two runs; write all candidates who changed to the CSV file `out`, if
    given."""
    if out is not None:
        compare.write_changes(compared.comparison, out)
    shown = [*_comparison(compared, exam_dir)]
    if out is not None:
        shown.append(
            line(
                "{height:,} lines written to {out}",
                height=compared.comparison.rows.height,
                out=screen.short(out),
            )
        )
    return Outcome(compared.as_dict(), shown)


def _comparison(compared: compare.Compared, exam_dir: Path) -> Parts:
    """Yield the differences between two runs."""
    found = compared.comparison
    before, after = screen_name(compared.before), screen_name(compared.after)
    said = _state(compared.releases[0]), _state(compared.releases[1])
    yield line("{before}{was} → {after}{now}", "bold", before=before, was=said[0], after=after, now=said[1])
    if compared.causes:
        yield line("Changed between the runs: {causes}", causes=compare.cause_words(compared.causes))
    yield from _show_corrections(exam_dir, compared.gone, "no longer corrected: {correction}")
    yield from _show_corrections(exam_dir, compared.new, "corrected: {correction}")
    for one in compared.left_out:
        yield line("deliberately left out: {left_out_said}", "yellow", left_out_said=omission_message(one))
    yield from map(ReportedLine, _counts(found.all))
    if found.all.passed_before is not None or found.all.passed_after is not None:
        rates = (_rate(found.all.pass_rate_before), _rate(found.all.pass_rate_after))
        yield line("pass rate: {rates} before, {rates_2} after", "bold", rates=rates[0], rates_2=rates[1])
    if found.scaled_changed is not None:
        yield line("candidates whose scaled score changed: {n:,}", n=found.scaled_changed)
    yield from _show_alone(found.only_before, tell("only in {run}", run=before))
    yield from _show_alone(found.only_after, tell("only in {run}", run=after))
    if found.form_changed:
        yield line("{form_changed:,} scored on a different form", form_changed=found.form_changed)
    if not found.all.anything and not found.form_changed and not found.scaled_changed:
        return
    for name, group in found.groups.items():
        yield from _show_group(name, group)
    if changed := [one for one in found.criteria if one.changed]:
        heads = [
            tell("criterion"),
            tell("result changed"),
            tell("now met"),
            tell("no longer met"),
            tell("met before"),
            tell("met after"),
        ]
        yield ReportedTable(tell("By performance criterion"), heads, changed[:MOST_NAMES])
        if len(changed) > MOST_NAMES:
            yield line("  … and {n:,} more (all are in `criteria` of --json)", n=len(changed) - MOST_NAMES)
    yield from _show_decided(compared)


def _counts(of: compare.Changes) -> Iterator[Message]:
    """Yield how many candidates changed, and in what."""
    yield tell(
        "candidates: {candidates_before:,} before, {candidates_after:,} after",
        candidates_before=of.candidates_before,
        candidates_after=of.candidates_after,
    )
    yield tell(
        "candidates whose score changed: {score_changed:,} ({up:,} up, {down:,} down; mean {signed} points)",
        signed=_signed(of.mean_change),
        **{name: getattr(of, name) for name in ("score_changed", "up", "down")},
    )
    yield tell(
        "candidates whose decision changed: {now_pass:,} now pass, {now_fail:,} now fail",
        now_pass=of.now_pass,
        now_fail=of.now_fail,
    )
    yield tell(
        "candidates whose result changed on at least one criterion: {criteria_changed:,}",
        criteria_changed=of.criteria_changed,
    )


def omission_message(one: Mapping[str, Any]) -> str:
    """Return the description of an input that a run leaves out although an earlier one had it."""
    more = " …" if one["n"] > len(one["named"]) else ""
    return tell(
        "run {run}: {what}, {n:,} ({named}{more})",
        what=scoring_options.OMISSIBLE[one["what"]],
        run=one["run"],
        n=one["n"],
        named=joined(messages_in(one, "named"), "; "),
        more=more,
    )


noted("corrected: {correction}"), noted("no longer corrected: {correction}")


def correction_words(exam_dir: Path, corrections: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return each correction in words, with every place to which it applies, in the letters of the papers."""
    letters = manifest.letters_of(exam_dir) if corrections else ""
    return [correction_text(in_print(one, letters)) for one in corrections]


def _show_corrections(exam_dir: Path, corrections: Sequence[Mapping[str, Any]], said: str) -> Parts:
    for one in correction_words(exam_dir, corrections[:MOST_GROUPS]):
        yield ReportedLine(tell(said, correction=one))
    if len(corrections) > MOST_GROUPS:
        yield line(
            "  … and {n:,} more (all are in `corrections` of --json)", n=len(corrections) - MOST_GROUPS
        )


def _state(of: exam_releases.ReleaseState) -> str:
    """Return the release state of a run in brackets; empty before the first release."""
    return "" if of.told is None else tell(" ({state})", state=exam_releases.state_words(of))


def moved_words(moved: compare.MovedDecisions) -> str:
    """Return the decisions that changed, in one line."""
    said = [tell("{n:,} now pass", n=moved.now_pass), tell("{n:,} now fail", n=moved.now_fail)]
    said += [tell("{n:,} no longer scored", n=moved.only_before)] if moved.only_before else []
    said += [tell("{n:,} not scored before", n=moved.only_after)] if moved.only_after else []
    return joined(said)


def screen_name(run: str) -> str:
    """Return the name of a run for people: `run 2` for `0002`."""
    if run.isdecimal():
        return tell("run {run}", run=int(run))
    return tell("the new scoring") if run.startswith(".") else run


def _rate(share: float | None) -> str:
    return f"{100 * share:.2f} %" if share is not None else "–"


def _share(share: float | None) -> str:
    return f"{100 * share:.2f}" if share is not None else "–"


def _signed(points: float | None) -> str:
    return f"{points:+.2f}" if points else "0"


def _show_alone(ids: Sequence[str], said: str) -> Parts:
    if len(ids):
        names = ", ".join(ids[:MOST_NAMES]) + (" …" if len(ids) > MOST_NAMES else "")
        yield line("{said}: {n:,} ({names})", "yellow", said=said, n=len(ids), names=names)


def _show_group(name: str, group: Sequence[compare.Changes]) -> Parts:
    changed = sorted((one for one in group if one.anything), key=_weight)
    told = changed[:MOST_GROUPS]
    shown = _GROUPS.get(name, name)
    heads = [
        shown,
        tell("candidates"),
        tell("score changed"),
        tell("mean change"),
        tell("fail→pass"),
        tell("pass→fail"),
        tell("criterion changed"),
        tell("pass %"),
    ]
    yield ReportedTable(
        tell("By {shown}: {n:,} of {group_n:,} changed", shown=shown, n=len(changed), group_n=len(group)),
        heads,
        [_cells(one) for one in told],
    )
    if len(told) < len(changed):
        yield line("  … and {n:,} more", n=len(changed) - len(told))


def _weight(one: compare.Changes) -> tuple[int, ...]:
    """Return a sort key that puts the groups with most changes first."""
    return -one.now_pass - one.now_fail, -one.score_changed, -one.criteria_changed


def _cells(one: compare.Changes) -> tuple[object, ...]:
    return (
        one.name or "–", f"{one.candidates_after:,}", f"{one.score_changed:,}", _signed(one.mean_change),
        f"{one.now_pass:,}", f"{one.now_fail:,}", f"{one.criteria_changed:,}",
        f"{_share(one.pass_rate_before)} → {_share(one.pass_rate_after)}",
    )  # fmt: skip


def _show_decided(compared: compare.Compared) -> Parts:
    """Yield a table of the first candidates whose decision changed."""
    rows = compared.comparison.other("decision")
    if not rows.height:
        return
    heads = {
        "candidate_id": tell("candidate"),
        "form_after": tell("form"),
        "score_before": tell("score before"),
        "score_after": tell("after"),
        "decision_before": tell("decision before"),
        "decision_after": tell("after"),
    }
    lines = [
        [f"{cell:g}" if isinstance(cell, float) else _DECISIONS.get(cell, cell) or "–" for cell in row]
        for row in rows.head(MOST_NAMES).select(*heads).iter_rows()
    ]
    title = tell("Decision changed: {height:,}", height=rows.height)
    yield ReportedTable(title, list(heads.values()), lines)
    if rows.height > MOST_NAMES:
        yield line("  … and {height:,} more (--out FILE.csv writes all)", height=rows.height - MOST_NAMES)


_DECISIONS: Mapping[object, object] = {"pass": tell("pass"), "fail": tell("fail")}


# ── what goes into the minutes ───────────────────────────────────────────────────────────────


def told(results: Path) -> list[dict[str, Any]]:
    """Return every readable run, with the SHA-256 of its audit and its release state."""
    releases = _releases(results)
    return [
        {"run": run.number, "sha256": run.sha256, "release": exam_releases.state_of(run, releases).as_dict()}
        for run in all_runs(results)
    ]


def release_records(results: Path) -> list[dict[str, Any]]:
    """Return every release, with the SHA-256 of its act; empty if the record is damaged."""
    return [{**one.said, "sha256": one.sha256} for one in _releases(results)]


def _releases(results: Path) -> list[exam_releases.Release]:
    """Return the releases; empty if the record is damaged, which `verify` reports."""
    try:
        return exam_releases.all_releases(results)
    except Refused:
        return []


def of_runs(
    runs: Sequence[Mapping[str, Any]], releases: Sequence[Mapping[str, Any]], asked: Sequence[str]
) -> Parts:
    """Yield every run and every release with its fingerprint, and mark those that match a requested
    fingerprint."""
    wanted = tuple(plain_fingerprint(one) for one in asked)
    for run in runs:
        state = exam_releases.state_words(exam_releases.ReleaseState(**run["release"]))
        yield line(
            "run {run}: {fingerprint}; {state}",
            run=run["run"],
            fingerprint=_fingerprint(run["sha256"], run["sha256"][:LEAST_FINGERPRINT], wanted),
            state=state,
        )
    for one in releases:
        on = tell(" on {date}", date=one["date"]) if one.get("date") else ""
        said = _fingerprint(one["sha256"], fingerprint_of(one["sha256"]), wanted)
        yield line(
            "release {release}: {said}; run {run}, by {by}{on}",
            release=one["release"],
            said=said,
            run=one["run"],
            by=one["by"],
            on=on,
        )


def _fingerprint(sha256: str, shown: str, wanted: tuple[str, ...]) -> str:
    found = any(sha256.startswith(one) for one in wanted)
    said = tell(" (matches the minutes; this entry and all before it are unchanged)") if found else ""
    return tell("fingerprint {sha256}{said}", sha256=shown, said=said)
