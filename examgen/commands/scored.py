"""`examgen score`: the words of a plain one, what it is done with, and the scored run on the screen."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, NamedTuple

from examgen.commands import screen
from examgen.commands.runs import correction_words, left_out_said, moved_words, write_comparison
from examgen.core.problems import Exit, WrongUsage
from examgen.core.words import all_said_in, tell, tell_n

if TYPE_CHECKING:
    from examgen.scoring.score import ScoringResult

MOST_LINES = 20
"""Lines of a long list that are shown."""


def score(
    exam_dir: Path,
    answers: Sequence[Path],
    out: Path | None = None,
    dry_run: bool = False,
    dask: str | None = None,
    json: bool = False,
    without: str | None = None,
    **asked: Any,
) -> Exit:
    """Scores the answers, `asked` what `ScoringOptions` names beside them; returns the exit status."""
    if without is not None:
        from examgen.scoring.omitted_inputs import without_of

        asked["without"] = without_of(without)
    # numpy's matrix library starts threads that wait busily, on processors that the workers could use
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if not exam_dir.is_dir():
        raise WrongUsage(
            tell(
                "{exam_dir} is not a folder: name the one that `examgen build` wrote, then the answers",
                exam_dir=exam_dir,
            )
        )
    if dry_run:
        show_dry_run(exam_dir, answers, asked, out, json)
        return Exit.DONE
    from examgen.core.hashing import Hashing

    hashing = Hashing(answers)  # before the libraries are loaded that the rest needs
    from examgen.core.processes import dask_cluster
    from examgen.scoring import score as sittings

    options = sittings.ScoringOptions(**asked)
    with dask_cluster(dask) if dask is not None else nullcontext() as executor:
        done = sittings.score(exam_dir, answers, out, False, progress(json), options, executor, hashing)
    show(done, exam_dir, json)
    return Exit.SET_ASIDE if done.needs_attention else Exit.DONE


def progress(json: bool) -> Callable[[str], None]:
    """Says what is being done, on the error stream of a person who waits."""

    def say(message: str) -> None:
        screen.progress(message)

    return say


def show(done: ScoringResult, exam_dir: Path, json: bool) -> None:
    """What was scored."""
    if json:
        screen.print_json(
            {
                "results": str(done.folder),
                "run": done.run,
                "new": done.is_new,
                "files_in": str(done.files),
                "release": done.release.as_dict(),
                "moved": None if done.moved is None else done.moved._asdict(),
                **done.audit,
            }
        )
        return
    show_scored(done, exam_dir)
    if done.audit["rows"]["quarantined"]:
        screen.say(
            tell("rows that were set aside: {files}", files=screen.short(done.files / "quarantine.csv")),
            "yellow",
        )
    if "not_on_list" in done.audit["quarantine"]:
        path = done.files / "unlisted.csv"
        if path.name in done.audit["files"]:
            screen.say(
                tell(
                    "ids that are close to one on the list: copy {path}, delete the lines that are wrong, "
                    "fill in `by` and `date`, and score again with --identities and the copy",
                    path=screen.short(path),
                ),
                "yellow",
            )
        screen.say(
            tell(
                "somebody who sat without being on a list: write a line of identities.csv for the row, with "
                "its own id; to take all ids as they are, whoever is on a list: --unlisted score"
            ),
            "yellow",
        )
    is_reconciled = done.audit.get("ledger", {}).get("reconciled", True)
    for line in done.account:
        screen.say(line, "green" if is_reconciled else "yellow")
    if not is_reconciled:
        path = done.files / "unreconciled.csv"
        screen.say(tell("who is not accounted for, by name: {path}", path=screen.short(path)), "yellow")


def show_scored(done: ScoringResult, exam_dir: Path) -> None:
    """A scored run, as a coordinator reads it."""
    _show_read(done)
    _say_all(
        [
            tell("corrected: {correction}", correction=one)
            for one in correction_words(exam_dir, done.audit.get("corrections", ()))
        ],
        "cyan",
    )
    _say_all(
        [
            tell("left out on purpose: {left_out_said}", left_out_said=left_out_said(one))
            for one in done.audit.get("left_out", ())
        ]
    )
    _say_all(done.told)
    _show_signals(done)
    _show_cut(done.audit.get("cut"))
    _show_results(done, exam_dir)
    names = [*done.audit["files"], "audit.json"]
    screen.show_files(tell("written:"), (done.files / name for name in names))
    _show_release(done, exam_dir)
    said = "" if done.is_new else tell(" already says this: no new run was made")
    screen.say(
        tell(
            "run {run}{said}; fingerprint {fingerprint}: write it into the minutes",
            run=done.run,
            said=said,
            fingerprint=done.fingerprint,
        ),
        "bold",
    )


def _show_read(done: ScoringResult) -> None:
    """What was read and how it adds up; what of it does not count, and where nobody can pass."""
    from examgen.scoring.audit import structure_words

    rows = done.audit["rows"]
    for entry in done.audit["inputs"]:
        screen.say(
            tell_n(
                "read {path}: {structure}, {n:,} row",
                "read {path}: {structure}, {n:,} rows",
                entry["rows"],
                path=screen.short(Path(entry["file"])),
                structure=structure_words(entry["structure"]),
            )
        )
    screen.say(
        tell_n(
            "{n:,} row read = {scored:,} scored + {identical_repeats:,} repeated + {quarantined:,} set aside",
            "{n:,} rows read = {scored:,} scored + {identical_repeats:,} repeated + "
            "{quarantined:,} set aside",
            rows["read"],
            scored=rows["scored"],
            identical_repeats=rows["identical_repeats"],
            quarantined=rows["quarantined"],
        ),
        "bold",
    )
    for reason, count in done.audit["quarantine"].items():
        screen.say(tell("  set aside: {count:,} × {reason}", count=count, reason=reason), "yellow")
    if invalid := done.audit.get("invalid_marks"):
        screen.say(
            tell_n(
                "{n:,} mark is no option of its question and earns nothing: the column `invalid` of "
                "candidates.csv has it",
                "{n:,} marks in {rows} are no options of their questions and earn nothing: the column "
                "`invalid` of candidates.csv has them",
                invalid["marks"],
                rows=tell_n("{n:,} row", "{n:,} rows", invalid["rows"]),
            ),
            "yellow",
        )
    _say_all(
        [
            tell(
                "form {form}: the cut is {cut} of {max_score} points that are left, so that nobody can pass: "
                "a cut in points stays what it was, and the committee decides whether it should",
                form=form,
                cut=of["cut"],
                max_score=of["max_score"],
            )
            for form, of in done.audit.get("cut_out_of_reach", {}).items()
        ]
    )
    if missing := done.audit.get("not_on_list"):
        screen.say(
            tell_n(
                "{n:,} of those scored is not on the list that the booklets were printed for",
                "{n:,} of those scored are not on the list that the booklets were printed for",
                missing,
            ),
            "yellow",
        )


def _show_results(done: ScoringResult, exam_dir: Path) -> None:
    """How many pass, of what, and the criteria."""
    from examgen.scoring.runs.scope import scope_of

    rows, decisions = done.audit["rows"], done.audit["decisions"]
    if rows["scored"] and done.audit["options"]["pass"]:
        share = 100 * decisions["pass"] / rows["scored"]
        screen.say(
            tell(
                "{decisions_pass:,} of {scored:,} pass ({share:.1f} %)",
                decisions_pass=decisions["pass"],
                scored=rows["scored"],
                share=share,
            )
        )
        if (scope := scope_of(exam_dir)) is not None:
            screen.say(scope, "yellow")
        if near := decisions.get("second_look"):
            screen.say(
                tell("{near:,} within one standard error of the cut: marked for a second look", near=near),
                "cyan",
            )
    heads = [
        tell("criterion"),
        tell("candidates"),
        tell("mean %"),
        tell("met"),
        tell("not met"),
        tell("too few items"),
    ]
    if done.coverage and len(done.coverage[0]) > len(heads):
        heads.append(tell("undecided"))
    screen.table(tell("Results by performance criterion"), heads, done.coverage)


def _show_release(done: ScoringResult, exam_dir: Path) -> None:
    """Whether people are told this run, and how to release it."""
    from examgen.core.exam.names import RESULTS

    state, told = done.release, done.release.told
    if state.state == "released":
        screen.say(
            tell("run {run} is released (release {release})", run=done.run, release=state.release), "green"
        )
        return
    if told is not None:
        screen.say(
            tell("results/ and reports stay those of run {told}, which is released", told=told), "yellow"
        )
        if done.moved is not None:
            screen.say(
                tell(
                    "  against it: {moved_words} (--compare {told} {run} tells whom)",
                    moved_words=moved_words(done.moved),
                    told=told,
                    run=done.run,
                )
            )
    said = tell("is no longer released") if state.state == "superseded" else tell("is not released")
    how = f"examgen release EXAM_DIR --run {done.run} --by NAME --reason WHY"
    if done.folder != exam_dir / RESULTS:  # a run of that number may be there, too
        how += f" --results {quote(str(done.folder))}"
    screen.say(
        tell(
            "run {run} {said}, and its reports say so; to release it: {how}", run=done.run, said=said, how=how
        ),
        "yellow",
    )


def _show_signals(done: ScoringResult) -> None:
    looked = done.audit.get("signals")
    if looked is None:
        screen.say(tell("signals were not looked for: add --signals"), "cyan")
        return
    for kind, seen in looked["found"].items():
        if seen["signals"]:
            screen.say(
                tell(
                    "signal: {signals:,} × {kind} ({rows:,} rows)",
                    signals=seen["signals"],
                    kind=kind,
                    rows=seen["rows"],
                ),
                "yellow",
            )
    _say_all(all_said_in(looked, "notes"))
    if any(seen["signals"] for seen in looked["found"].values()):
        screen.say(
            tell(
                "signals are for a person to look at, no verdict: {files}",
                files=screen.short(done.files / "signals.csv"),
            )
        )


def _say_all(lines: Sequence[str], style: str = "yellow") -> None:
    for line in lines[:MOST_LINES]:
        screen.say(line, style)
    if len(lines) > MOST_LINES:
        screen.say(tell("  … and {n:,} more lines", n=len(lines) - MOST_LINES), style)


def show_dry_run(
    exam_dir: Path, answers: Sequence[Path], asked: Mapping[str, Any], out: Path | None, json: bool
) -> None:
    """Who would change by what was decided; all of them in the CSV file `out`, if one is named."""
    from examgen.scoring import score as sittings

    compared = sittings.dry_run(exam_dir, answers, sittings.ScoringOptions(**asked), screen.progress)
    write_comparison(compared, exam_dir, out, json)
    if not json:
        screen.say(tell("no run was made: this was a dry run"), "cyan")


def _show_cut(cut: Mapping[str, Any] | None) -> None:
    """The cut of a file that the run was decided by."""
    if cut is None:
        return
    from examgen.core.models.cut_files import METHOD_WORDS
    from examgen.core.words import joined

    forms = list(cut["forms"].items())
    shown = joined(f"{form} {one['cut']} / {one['points']}" for form, one in forms[:MOST_LINES])
    screen.say(
        tell(
            "cut by {method}: {forms}; it stands in place of what the pass rule asks of the total",
            method=METHOD_WORDS[cut["method"]],
            forms=shown,
        ),
        "cyan",
    )


# ── the words of a plain one ─────────────────────────────────────────────────────────────────

_SWITCHES = {
    "--careful": ("careful", True),
    "--elements": ("elements", True),
    "--json": ("json", True),
    "--no-signals": ("signals", False),
    "--signals": ("signals", True),
    "--strict": ("strict", True),
}
_TAKE_A_NAME = {"--without": "without"}
_TAKE_A_PATH = {"--corrections": "corrections", "--cut": "cut", "--out": "out", "--roster": "roster"}


class ScoreWords(NamedTuple):
    """What is to be scored, and what was asked beside it, as options of `examgen score` by their names."""

    exam_dir: Path
    answers: list[Path]
    asked: dict[str, Any]


def score_words(words: Sequence[str]) -> ScoreWords | None:
    """What the words after `examgen` ask, understood without typer; None where they are not a plain scoring
    of some answer files.

    Typer has pydantic look at every word. With the commands of `scoring.py` alone loaded, it takes 0.18 s of
    a processor until a scoring begins, in place of 0.07, and 0.70 s with a scoring of 60 candidates in place
    of 0.60 (two cores, the least of ten or more calls in turn). Of the one second in which a national sitting
    is to be scored that is a tenth. What is not plain here, help and faults among it, typer understands, and
    says what is wrong; what is plain means the same to both.
    """
    if words[:1] != ["score"] or sys.platform == "win32":  # there, typer finds the files that `*.csv` means
        return None
    paths: list[Path] = []
    asked: dict[str, Any] = {}
    left = iter(words[1:])
    value: Path | str | bool
    for word in left:
        if word in _SWITCHES:
            name, value = _SWITCHES[word]
        elif word in _TAKE_A_PATH and _is_plain(path := next(left, "")):
            name, value = _TAKE_A_PATH[word], Path(path)
        elif word in _TAKE_A_NAME and _is_plain(path := next(left, "")):
            name, value = _TAKE_A_NAME[word], path
        elif _is_plain(word):
            paths.append(Path(word))
            continue
        else:
            return None
        if name in asked:
            return None
        asked[name] = value
    return ScoreWords(paths[0], paths[1:], asked) if len(paths) > 1 else None


def _is_plain(word: str) -> bool:
    return bool(word) and not word.startswith("-")
