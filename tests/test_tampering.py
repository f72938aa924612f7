"""Edits of a scored package, one at a time: which `verify` finds, without and with a fingerprint.

What it finds is a table of docs/validation/tampering.md, written anew by `--update-golden`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from examgen.assembly.verification import verify
from examgen.core.exam.bindings import check_bindings
from examgen.core.exam.names import MANIFEST
from examgen.core.exam.runs import all_runs, newest_run, read_run
from examgen.core.files import yaml_bytes
from examgen.core.problems import ExamgenError
from examgen.scoring import score as sittings
from tests import tampering
from tests.tampering import Edit, Way, manifest_of, scored_package

BEGIN = "<!-- what verify finds: written by tests/test_tampering.py -->\n"
END = "<!-- end -->\n"
FOUND, NOTED, NOT = "found", "noted", "–"
MOST_TOLD = 4
KINDS = ("nothing", "run", "exam", "package")


class Sample:
    """A scored package, its fingerprints, and copies of it."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.folder = scored_package(place / "whole")
        self.tree = tree(self.folder.parent)
        clean = verify(self.folder)
        assert (clean.problems, clean.notes) == ([], [])
        run = newest_run(self.folder / "results")
        assert run
        self.fingerprints = {
            "nothing": (), "run": (run.fingerprint,),
            "exam": (clean.fingerprints.exam[:16],), "package": (clean.fingerprints.package[:16],),
        }  # fmt: skip

    def copy(self) -> Path:
        shutil.rmtree(self.place / "copy", ignore_errors=True)
        shutil.copytree(self.folder.parent, self.place / "copy")
        return self.place / "copy" / self.folder.name

    def found(self, edit: Edit) -> dict[str, tuple[str, str]]:
        """What is found of an edit with nothing but the package, and with each fingerprint; where it is told."""
        folder = self.copy()
        edit(folder)
        assert tree(folder.parent) != self.tree, "nothing was edited"
        plain = looked_for(folder)
        if plain[0] == FOUND:
            return dict.fromkeys(KINDS, plain)
        return {kind: looked_for(folder, *asked) for kind, asked in self.fingerprints.items()}


def tree(top: Path) -> dict[Path, tuple[bytes | None, int]]:
    return {
        path.relative_to(top): (path.read_bytes() if path.is_file() else None, path.stat().st_mode & 0o777)
        for path in top.rglob("*")
    }


def looked_for(folder: Path, *fingerprints: str) -> tuple[str, str]:
    try:
        found = verify(folder, asked=fingerprints)
    except ExamgenError as refused:
        return FOUND, where(refused.problems) or refused.message.replace(str(folder), "EXAM")
    if found.problems:
        return FOUND, where(found.problems)
    aside = [one for one in found.unchecked if one.startswith(("reports/", "analysis/"))]
    noted = ", ".join([*filter(None, [where(found.notes)]), *aside])
    return (NOTED, noted) if noted else (NOT, "")


def where(problems: Any) -> str:
    """The files, and fields of exam.yaml, that problems name."""
    named = dict.fromkeys(
        f"{one.source.partition(':')[0]}{f': {one.field}' if one.field else ''}" for one in problems
    )
    return ", ".join([*list(named)[:3], *["…"][: len(named) > 3]])


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return Sample(tmp_path_factory.mktemp("tampered"))


def lines(sample: Sample) -> Iterator[str]:
    n_edits = 0
    rows = []
    for way in tampering.ways(sample.folder):
        n_edits += len(way.edits)
        rows.append(row(sample, way))
    assert n_edits >= 50
    yield f"{n_edits} edits of a package with two scored runs, each on a fresh copy:\n\n"
    yield "| edit | without | the run's | the exam's | the package's | told of |\n|---|---|---|---|---|---|\n"
    yield from rows


def row(sample: Sample, way: Way) -> str:
    """A line of the table: what holds of each edit of a way alike."""
    results = [sample.found(edit) for edit in way.edits]
    verdicts = [[one[kind][0] for one in results] for kind in KINDS]
    assert all(len(set(alike)) == 1 for alike in verdicts), (way.said, results)
    told = dict.fromkeys(next((one[kind][1] for kind in KINDS if one[kind][1]), "") for one in results)
    where_told = "; ".join(filter(None, told)) if len(told) <= MOST_TOLD else "by name"
    cells = (way.said, *(alike[0] for alike in verdicts), where_told)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


@pytest.mark.long("every edit, for the table of its page; the guards try edits of every kind in every run")
def test_the_table_of_edits_says_what_is_found(sample: Sample, root: Path, update_golden: bool) -> None:
    path = root / "docs/validation/tampering.md"
    before, _, rest = path.read_text("utf-8").partition(BEGIN)
    said, _, after = rest.partition(END)
    table = "".join(lines(sample))
    if update_golden:
        path.write_text(f"{before}{BEGIN}{table}{END}{after}", "utf-8")
    else:
        assert said == table


def test_printing_anew_raises_no_alarm(sample: Sample) -> None:
    """Other papers for the same forms and candidates: it is noted, and only the old package's fingerprint, which
    is that of other papers, is found no longer."""
    folder = sample.copy()
    tampering.printed(folder, text=b" in large print", spare=2)
    found = verify(folder, asked=[*sample.fingerprints["run"], *sample.fingerprints["exam"]])
    assert (found.problems, [note.code for note in found.notes]) == ([], ["printed-anew"])
    assert "papers/booklet-A.pdf, papers/booklet-B.pdf changed" in found.notes[0].message
    assert verify(folder, asked=[found.fingerprints.package]).problems == []
    [problem] = verify(folder, asked=sample.fingerprints["package"]).problems
    assert (problem.code, "papers/booklet-A.pdf" in problem.message) == ("fingerprint-differs", True)


@pytest.mark.parametrize(("n", "more"), [(4, ""), (5, ""), (7, " and 2 more")])
def test_of_many_files_that_were_printed_anew_five_are_named(sample: Sample, n: int, more: str) -> None:
    folder, manifest = sample.copy(), manifest_of(sample.folder)
    names = [f"papers/{k}.pdf" for k in range(n)]
    manifest["files"] |= dict.fromkeys(names, "0" * 64)
    (folder / MANIFEST).write_bytes(yaml_bytes(manifest))
    found = check_bindings(folder, list(all_runs(folder / "results")))
    assert found.problems == []
    assert f"({', '.join(names[:5])}{more} changed)" in found.notes[0].message


def test_printing_that_gives_results_up_raises_no_alarm(sample: Sample) -> None:
    folder = sample.copy()
    tampering.printed(folder, replace=True, candidates=False)
    assert not (folder / "results").exists()
    found = verify(folder, asked=sample.fingerprints["exam"])
    assert found.problems == []
    assert {note.code for note in found.notes} == {"report-of-no-run"}
    tampering.printed(folder, text=b" again")  # and with a list, before it is scored
    sittings.score(folder, [folder.parent / "answers.csv"])
    found = verify(folder)
    assert (found.problems, found.checked["runs"]) == ([], [1])


def test_a_run_without_its_copy_of_the_package_is_found(sample: Sample) -> None:
    folder = sample.copy()
    (tampering.run_of(folder, 2) / "package.yaml").unlink()
    previous = read_run(1, tampering.run_of(folder, 1)).sha256
    tampering.resealed(folder, 2, previous=previous)
    tampering.shown(folder)
    assert {(one.source, one.code) for one in verify(folder).problems} == {
        ("0002/package.yaml", "package-changed")
    }
