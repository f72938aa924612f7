"""A scored package, and the ways to edit one: each is done on a copy and looked for by `verify`.

To add a way: a function that edits the package in a folder, and one line in `EDITS`.
"""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from blake3 import blake3

from examgen.analysis.exam import analyse_exam
from examgen.assembly.assemble import assemble, bank_sha256
from examgen.core.csv_files import csv_bytes
from examgen.core.exam.names import CANDIDATES_CSV, FORMS_CSV, KEY_CSV, MANIFEST, booklet_path, key_sheet_path
from examgen.core.exam.package import read_package
from examgen.core.exam.printing import new_printing
from examgen.core.exam.runs import sealed
from examgen.core.exam.tables import forms_table, key_table
from examgen.core.exam.writing import exam_files, write_package
from examgen.core.files import json_bytes, sha256, write_file, yaml_bytes
from examgen.core.models.papers import PapersRule
from examgen.core.yamlfile import load
from examgen.reports.analysis_report.writing import write_report
from examgen.reports.writing import ReportOptions, report
from examgen.scoring import score as sittings
from tests.digests import renewed
from tests.runs import put
from tests.samples import blueprint, shelf, write_unit

STATISTICS = "item_bank/T-1/statistics.csv"
CORRECTIONS = [{
    "kind": "drop", "form": "A", "question": 1, "reason": "misprint", "by": "committee", "date": "2026-11-20",
}]  # fmt: skip


def scored_package(workspace: Path) -> Path:
    """A package of two forms, printed, scored twice (the second time with a correction), both runs reported
    on, the second one analysed."""
    write_unit(workspace / "item_bank")
    put_new(workspace / STATISTICS, b"item,item_hash,administration,form,date,n\n")
    bank = shelf()
    sat = assemble([bank], *blueprint(forms=2, judgement={"min_items": 2}, seed=7))
    sat = sat.model_copy(update={"notices": ("one notice",)})
    folder = workspace / "exam"
    write_package(folder, exam_files(sat, bank_sha256([bank]), {}, {"T-1": "0" * 64}, b"<p>"))
    printed(folder)
    answers = workspace / "answers.csv"
    answers.write_text(answer_lines(folder), "utf-8")
    corrections = workspace / "corrections.yaml"
    corrections.write_bytes(yaml_bytes(CORRECTIONS))
    for run, wanted in enumerate((None, corrections), 1):
        sittings.score(folder, [answers], options=sittings.ScoringOptions(corrections=wanted))
        report(folder, workspace, "cohort", ReportOptions(run=str(run), pdf=False))
    write_report(folder, analyse_exam(folder), workspace, pdf=False)
    return folder


def put_new(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def printed(
    folder: Path, replace: bool = False, text: bytes = b"", candidates: bool = True, **rule: Any
) -> None:
    """A printing whose booklets hold that text."""
    package = read_package(folder)
    with new_printing(package, PapersRule(**rule), personal=False, replace=replace) as staged:
        write_file(staged / FORMS_CSV, csv_bytes(forms_table(package.exam)))
        write_file(staged / KEY_CSV, csv_bytes(key_table(package.exam)))
        if candidates:
            heads = "candidate_id,name,room,seat,serial,form,base\n"
            lines = "".join(f"{n:03d},สมชาย,1,{n},{n:04d},A,A\n" for n in range(1, 4))
            write_file(staged / CANDIDATES_CSV, (heads + lines).encode("utf-8-sig"))
        for form in ("A", "B"):
            write_file(staged / booklet_path(form), b"%PDF booklet " + form.encode() + text)
            write_file(staged / key_sheet_path(form), b"%PDF key " + form.encode())


def answer_lines(folder: Path) -> str:
    """Answers of 40 candidates, the more of them right the later they come."""
    with (folder / KEY_CSV).open(encoding="utf-8-sig", newline="") as file:
        key = [row["key"] for row in csv.DictReader(file) if row["form"] == "A"]
    lines = [",".join(("candidate_id", "form", *(f"Q{n}" for n in range(1, len(key) + 1))))]
    for who in range(1, 41):
        marks = [right if (3 * who + 7 * n) % 40 < who else "ABCD"[("ABCD".index(right) + 1) % 4]
                 for n, right in enumerate(key)]  # fmt: skip
        lines.append(",".join((f"{who:03d}", "A", *marks)))
    return "\n".join(lines) + "\n"


# ── by hand ──────────────────────────────────────────────────────────────────────────────────

Edit = Callable[[Path], object]


@dataclass(frozen=True)
class Way:
    """A way to edit a package: what is done, and what does it to a copy. Several are done on a copy each."""

    said: str
    edits: tuple[Edit, ...]


def manifest_of(folder: Path) -> Any:
    return load((folder / MANIFEST).read_bytes())


def field(path: str, value: object) -> Edit:
    """Another value of a field of exam.yaml, written as examgen writes it."""

    def edit(folder: Path) -> None:
        manifest = manifest_of(folder)
        *above, last = path.split(".")
        at = manifest
        for name in above:
            at = at[name]
        assert at.get(last) != value
        at[last] = value
        (folder / MANIFEST).write_bytes(yaml_bytes(manifest))

    return edit


def other_hash(folder: Path) -> None:
    manifest = manifest_of(folder)
    manifest["files"]["secure/items.yaml"] = "0" * 64
    (folder / MANIFEST).write_bytes(yaml_bytes(manifest))


def without_field(folder: Path) -> None:
    manifest = manifest_of(folder)
    del manifest["seed"]
    (folder / MANIFEST).write_bytes(yaml_bytes(manifest))


def comment(folder: Path) -> None:
    with (folder / MANIFEST).open("a") as file:
        file.write("# seen and approved\n")


def byte(name: str, hashed: bool = False) -> Edit:
    """The last letter or figure of a file is another."""

    def edit(folder: Path) -> None:
        data = (folder / name).read_bytes()
        at = max(n for n, one in enumerate(data) if chr(one).isalnum())
        put(folder / name, data[:at] + (b"1" if data[at : at + 1] != b"1" else b"2") + data[at + 1 :])
        if hashed:
            renewed(folder, name)

    return edit


def gone(name: str) -> Edit:
    return lambda folder: (
        shutil.rmtree(folder / name) if (folder / name).is_dir() else (folder / name).unlink()
    )


def foreign(name: str) -> Edit:
    return lambda folder: put_new(folder / name, b"x")


def snapshot(change: Callable[[Any], None]) -> Edit:
    """Items or forms are others: items.yaml, forms.csv and key.csv say so alike, their hashes are renewed."""

    def edit(folder: Path) -> None:
        path = folder / "secure/items.yaml"
        data = load(path.read_bytes())
        change(data)
        path.write_bytes(yaml_bytes(data))
        renewed(folder, "secure/items.yaml")
        sat = read_package(folder).exam
        (folder / FORMS_CSV).write_bytes(csv_bytes(forms_table(sat)))
        (folder / KEY_CSV).write_bytes(csv_bytes(key_table(sat)))
        renewed(folder, FORMS_CSV, KEY_CSV)

    return edit


def other_key(data: Any) -> None:
    first = data["forms"][0]["items"][0]["item"]
    item = next(one for one in data["items"] if one["id"] == first)
    [key] = item["key"] if isinstance(item["key"], list) else [item["key"]]
    item["key"] = ["b" if key == "a" else "a"]


def other_stem(data: Any) -> None:
    data["items"][0]["stem"] += " ?"


def other_option(data: Any) -> None:
    data["items"][0]["options"]["a"] += " ?"


def other_order(data: Any) -> None:
    printed_item = data["forms"][0]["items"][0]
    name = next(name for name, value in printed_item.items() if isinstance(value, list) and len(value) == 4)
    printed_item[name].reverse()


def exchanged_questions(data: Any) -> None:
    items = data["forms"][0]["items"]
    items[0], items[1] = items[1], items[0]


def no_points(data: Any) -> None:
    data["forms"][0]["items"][0]["points"] = 2


def exchanged_forms(data: Any) -> None:
    one, other = data["forms"]
    one["items"], other["items"] = other["items"], one["items"]


# ── runs ─────────────────────────────────────────────────────────────────────────────────────


def run_of(folder: Path, number: int) -> Path:
    return folder / f"results/runs/{number:04d}"


def audit_of(folder: Path, number: int) -> Any:
    return json.loads((run_of(folder, number) / "audit.json").read_bytes())


def resealed(folder: Path, number: int, **changes: Any) -> None:
    """The audit of a run written anew: its files as they are now, with those changes, under a new seal."""
    own = run_of(folder, number)
    audit = {**audit_of(folder, number), **changes}
    audit["files"] = {
        path.name: {"blake3": blake3(path.read_bytes()).hexdigest(), "size": path.stat().st_size}
        for path in sorted(own.iterdir())
        if path.name != "audit.json"
    }
    put(own / "audit.json", json_bytes({**audit, "seal": sealed(audit)}))


def shown(folder: Path) -> None:
    """The results folder shows the newest run there is."""
    results = folder / "results"
    for path in results.iterdir():
        if path.is_file():
            path.unlink()
    for path in max((results / "runs").iterdir()).iterdir():
        shutil.copyfile(path, results / path.name)


def marks(folder: Path, *numbers: int) -> None:
    """Everybody passes."""
    for number in numbers:
        path = run_of(folder, number) / "candidates.csv"
        put(path, path.read_bytes().replace(b",fail,", b",pass,"))


def first_rewritten(folder: Path) -> None:
    marks(folder, 1)
    resealed(folder, 1)


def newest_rewritten(folder: Path) -> None:
    marks(folder, 2)
    resealed(folder, 2)
    shown(folder)


def all_rewritten(folder: Path) -> None:
    marks(folder, 1, 2)
    resealed(folder, 1)
    resealed(folder, 2, previous=sha256((run_of(folder, 1) / "audit.json").read_bytes()))
    shown(folder)


def exam_and_runs_rewritten(folder: Path) -> None:
    """Another pass mark, and all runs as if they had been scored with it."""
    field("blueprint.pass.percent", 50)(folder)
    written = (folder / MANIFEST).read_bytes()
    for number in (1, 2):
        put(run_of(folder, number) / "package.yaml", written)
    resealed(folder, 1, manifest=sha256(written))
    previous = sha256((run_of(folder, 1) / "audit.json").read_bytes())
    resealed(folder, 2, manifest=sha256(written), previous=previous)
    shown(folder)


def audit_changed(seal: bool, folder: Path) -> None:
    audit = {**audit_of(folder, 1), "decisions": {"pass": 40, "fail": 0}}
    put(
        run_of(folder, 1) / "audit.json",
        json_bytes({**audit, "seal": sealed(audit) if seal else audit["seal"]}),
    )


def newest_deleted(folder: Path) -> None:
    shutil.rmtree(run_of(folder, 2))
    shown(folder)


def exchanged(folder: Path) -> None:
    run_of(folder, 1).rename(folder / "aside")
    run_of(folder, 2).rename(run_of(folder, 1))
    (folder / "aside").rename(run_of(folder, 2))
    shown(folder)


def copied(source: int, to: int, folder: Path) -> None:
    shutil.rmtree(run_of(folder, to), ignore_errors=True)
    shutil.copytree(run_of(folder, source), run_of(folder, to))
    shown(folder)


def first_shown(folder: Path) -> None:
    for path in run_of(folder, 1).iterdir():
        put(folder / "results" / path.name, path.read_bytes())


def copy_of_another_exam(folder: Path) -> None:
    path = run_of(folder, 2) / "package.yaml"
    put(path, path.read_bytes().replace(b"title:", b"titel:"))
    resealed(folder, 2)
    shown(folder)


# ── reports ──────────────────────────────────────────────────────────────────────────────────

COHORT, ANALYSED = "reports/run-0002/cohort", "analysis/run-0002"


def record_renewed(made: str, name: str) -> Edit:
    """A file of a report and the record of it, under a new seal."""

    def edit(folder: Path) -> None:
        byte(f"{made}/{name}")(folder)
        record = json.loads((folder / made / ".examgen").read_bytes())
        del record["seal"]
        record["files"][name]["blake3"] = blake3((folder / made / name).read_bytes()).hexdigest()
        put(folder / made / ".examgen", json_bytes({**record, "seal": sealed(record)}))

    return edit


def moved(folder: Path) -> None:
    shutil.rmtree(folder / COHORT)
    shutil.copytree(folder / "reports/run-0001/cohort", folder / COHORT)


def statistics(folder: Path) -> None:
    path = folder.parent / STATISTICS
    path.write_bytes(path.read_bytes() + b"E1.01-001,0,T-1-L4,A,,300\n")


# ── all of them ──────────────────────────────────────────────────────────────────────────────


def ways(folder: Path) -> Iterable[Way]:
    """Every way to edit the package in a folder."""
    for said, *edits in EDITS:
        yield Way(said, tuple(edits))
    files = sorted(path.name for path in run_of(folder, 1).iterdir())
    for said, edit in (("one character of a file", byte), ("a file removed", gone)):
        own = (edit(f"results/runs/{run:04d}/{name}") for run in (1, 2) for name in files)
        yield Way(f"a run: {said} (each of {len(files)} files of each run)", tuple(own))


EDITS: tuple[tuple[Any, ...], ...] = (
    ("exam.yaml: pass mark 60 → 50 %", field("blueprint.pass.percent", 50)),
    ("exam.yaml: title (Thai, English)", field("title.th", "อื่น"), field("blueprint.title.en", "Another")),
    ("exam.yaml: not a draft", field("draft", False)),
    ("exam.yaml: notices", field("notices", []), field("notices", ["one notice", "another"])),
    ("exam.yaml: approvals that do not stand", field("void_approvals", ["E1.01-001"])),
    ("exam.yaml: seed", field("seed", 8), field("blueprint.seed", 8)),
    ("exam.yaml: examgen version", field("versions.examgen", "0.0.1")),
    ("exam.yaml: hash of the bank", field("bank.sha256", "1" * 64)),
    ("exam.yaml: edition of a unit", field("bank.editions", {"T-1": "1" * 64})),
    ("exam.yaml: units", field("bank.units", ["T-2"])),
    ("exam.yaml: id of the exam", field("exam", "T-1-L5"), field("blueprint.exam", "T-1-L5")),
    ("exam.yaml: forms, number of items", field("forms", ["A"]), field("items", 11)),
    ("exam.yaml: criteria", field("criteria", [["T-1", "E1", "E1.01"]])),
    ("exam.yaml: rules of judgement and of scoring", field("blueprint.judgement.min_items", 1),
     field("blueprint.scoring.multiple", "blank")),
    ("exam.yaml: level, time", field("blueprint.level", 3), field("blueprint.time_min", 90)),
    ("exam.yaml: cut scores added", field("cuts", {"A": {"cut": 1, "judged": 1, "se": None, "judges": 3}})),
    ("exam.yaml: a field removed", without_field),
    ("exam.yaml: a comment", comment),
    ("exam.yaml: hash of a file", other_hash),
    ("exam.yaml: how it was printed", field("printing.papers.spare", 9)),
    ("items.yaml, key.csv, forms.csv: one character", byte("secure/items.yaml"), byte("secure/key.csv"),
     byte(FORMS_CSV)),
    ("key.csv: one character, its hash renewed", byte("secure/key.csv", hashed=True)),
    ("forms.csv: one character, its hash renewed", byte(FORMS_CSV, hashed=True)),
    ("candidates.csv: one character, its hash renewed", byte("secure/candidates.csv", hashed=True)),
    ("build report: one character, its hash renewed", byte("secure/build-report.html", hashed=True)),
    ("another key, tables and hashes to match", snapshot(other_key)),
    ("another stem, tables and hashes to match", snapshot(other_stem)),
    ("another option, tables and hashes to match", snapshot(other_option)),
    ("another order of options, tables and hashes to match", snapshot(other_order)),
    ("two questions exchanged, tables and hashes to match", snapshot(exchanged_questions)),
    ("other points, tables and hashes to match", snapshot(no_points)),
    ("two forms exchanged, tables and hashes to match", snapshot(exchanged_forms)),
    ("a booklet: one character", byte("papers/booklet-A.pdf")),
    ("a booklet, a key sheet: one character, its hash renewed", byte("papers/booklet-A.pdf", hashed=True),
     byte("secure/key-A.pdf", hashed=True)),
    ("a booklet removed", gone("papers/booklet-B.pdf")),
    ("a file added to papers/, to secure/", foreign("papers/booklet-C.pdf"), foreign("secure/notes.txt")),
    ("secure/ open to others", lambda folder: (folder / "secure").chmod(0o755)),
    ("results/: one character of candidates.csv, of responses.parquet, of audit.json",
     byte("results/candidates.csv"), byte("results/responses.parquet"), byte("results/audit.json")),
    ("results/: another run is shown", first_shown),
    ("results/: a file added, one added to a run", foreign("results/more.csv"),
     foreign("results/runs/0001/more.csv")),
    ("audit of run 1: a field, under the old seal, a new seal", partial(audit_changed, False),
     partial(audit_changed, True)),
    ("run 1 rewritten with new seals", first_rewritten),
    ("run 1 deleted", gone("results/runs/0001")),
    ("all runs deleted, results shown", gone("results/runs")),
    ("two runs exchanged", exchanged),
    ("run 1 copied over run 2, run 2 copied as run 3", partial(copied, 1, 2), partial(copied, 2, 3)),
    ("package.yaml of run 2, under a new seal", copy_of_another_exam),
    ("newest run rewritten with new seals", newest_rewritten),
    ("all runs rewritten with new seals", all_rewritten),
    ("pass mark changed, all runs rewritten with new seals", exam_and_runs_rewritten),
    ("newest run deleted, run 1 shown", newest_deleted),
    ("results deleted", gone("results")),
    ("a report: one character, a file removed, one added", byte(f"{COHORT}/report.html"),
     gone(f"{COHORT}/report.html"), foreign(f"{COHORT}/more.html")),
    ("a report: the record of its files", byte(f"{COHORT}/.examgen")),
    ("a report: the report of another run in its place", moved),
    ("a report and the record of its files, under a new seal", record_renewed(COHORT, "report.html")),
    ("a report deleted", gone(COHORT)),
    ("a report: the record of its files removed", gone(f"{COHORT}/.examgen")),
    ("an analysis: one character, a file removed", byte(f"{ANALYSED}/analysis.json"),
     gone(f"{ANALYSED}/items.csv")),
    ("an analysis and the record of its files, under a new seal", record_renewed(ANALYSED, "analysis.json")),
    ("statistics.csv of the bank", statistics),
)  # fmt: skip
