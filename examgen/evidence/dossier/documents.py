"""The documents of an accreditation file: what each is made from, and what to do where it is missing.

Nothing here holds a key, an answer that is right, or a text of an item: what does is withheld, named with its
digest, and shown on the spot. Digests of what says which answers are right are keyed by `secure/digest.key`:
whoever has the paper would find the key by trials. The SHA-256 of single items, which is of text and key, is
left out, and so are the reasons of corrections, which often say what is right.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import polars as pl

from examgen.analysis.decisions import decisions_of_run
from examgen.assembly.verification import verify
from examgen.bank.reviews.ratings import by_panel, congruence
from examgen.bank.settings import SETTINGS_FILE, body_words, retention_settings, site_settings
from examgen.bank.statistics import STATISTICS_FILE
from examgen.capture.centre_returns import RETURN_LISTS
from examgen.core.csv_files import csv_bytes
from examgen.core.exam.names import CANDIDATES_CSV, DIGEST_KEY, PAPERS, RECORD, REPORTS, SECURE
from examgen.core.exam.runs import AUDIT, Run, read_run
from examgen.core.files import OWN, Progress, json_bytes, read_input, sha256_of, yaml_bytes
from examgen.core.problems import Refused
from examgen.core.responses.table import NAME as RESPONSES
from examgen.core.words import TRANSLATABLE, Message, tell
from examgen.evidence.certificates import RECORD as REGISTER_RECORD
from examgen.evidence.certificates import REGISTER, read_register
from examgen.evidence.dossier.source import DossierSource, ExamItem, as_json
from examgen.evidence.removal import PLACES
from examgen.reports.committee_report.report import CommitteeBook
from examgen.reports.kinds import REPORT_KINDS, document
from examgen.reports.run_findings import report_folder
from examgen.reports.tables import frames_of
from examgen.reports.writing import ReportOptions, write_document
from examgen.scoring.run_tables import read_table
from examgen.scoring.sitting_folder import CORRECTIONS, CUT, IDENTITIES, MARKS, SCALED
from examgen.sitting import roster
from examgen.sitting.cases import states
from examgen.sitting.discrepancies import discrepancies

_KEY_FIELDS = frozenset(("key", "keys", "suggested", "correction", "item_hash"))
"""Fields that say what is right, but for that of an audit, which says version and digest of the key."""
_READ_FIELDS = frozenset(("answers", "keyed"))
"""What a second reading read, and keyed digests of what is left out: neither seal nor fingerprint tells it to
who has not these."""
_NOT_SHOWN = "…"


class DossierFile(NamedTuple):
    """A file of the archive: its name below the folder of the section, and its content or where that is."""

    name: str
    content: bytes | Path
    of: str = ""
    """Where something was left out of it, the digest of the file as it is kept."""


class WithheldFile(NamedTuple):
    """A file that is kept and not in the archive: why, and by what it is known when it is shown."""

    name: str
    size: int | None
    """None where it lies elsewhere by now."""
    sha256: str
    why: Message


SECRET = tell("contains items or keys; shown on site")
PERSONAL = tell("contains personal data; shown on site")
Files = Iterable[DossierFile | WithheldFile]


# ── parts ────────────────────────────────────────────────────────────────────────────────────


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A table of texts, as CSV that a spreadsheet does not run."""
    cells = [["" if one is None else str(one) for one in row] for row in rows]
    return csv_bytes(pl.DataFrame(cells, dict.fromkeys(heads, pl.String), orient="row"))


def _without_keys(value: Any) -> Any:
    """A document without what is right, and without the reasons of corrections; version and digest of the key
    stay."""
    if isinstance(value, Mapping):
        found = {
            name: _without_keys(one)
            for name, one in _without_read(value).items()
            if name not in _KEY_FIELDS or (name == "key" and isinstance(one, Mapping))
        }
        if isinstance(found.get("corrections"), list):
            found["corrections"] = [{**one, "reason": ""} for one in found["corrections"]]
        return found
    return [_without_keys(one) for one in value] if isinstance(value, list | tuple) else value


def _without_read(said: Mapping[str, Any]) -> dict[str, Any]:
    """A decision on a mark, or a second reading, without what was read: whoever sees that a score rose by it
    would know what is right."""
    found = {name: one for name, one in said.items() if name not in _READ_FIELDS}
    whole = found.get(f"decision{TRANSLATABLE}")
    if isinstance(whole, Mapping) and "answer" in (whole.get("values") or {}):
        values = {**whole["values"], "answer": _NOT_SHOWN}
        found[f"decision{TRANSLATABLE}"] = {**whole, "values": values}
        found["decision"] = str(whole["id"]).format(**values)
    if isinstance(found.get("differences"), list):
        found["differences"] = [{"question": one.get("question")} for one in found["differences"]]
    return found


def _secret(source: DossierSource, path: Path, name: str) -> WithheldFile:
    return WithheldFile(name, path.stat().st_size, source.keyed(path), SECRET)


def _as_it_is(path: Path, name: str = "") -> Iterator[DossierFile]:
    if path.is_file():
        yield DossierFile(name or path.name, path)


def _files_below(folder: Path) -> list[Path]:
    """Every file below a folder, hidden ones left out."""
    if not folder.is_dir():
        return []
    found = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return [
        path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]


# ── 0 index ──────────────────────────────────────────────────────────────────────────────────


def fingerprints_files(source: DossierSource, progress: Progress) -> Files:
    """Write the full fingerprints that the minutes quote."""
    yield DossierFile(
        "fingerprints.json",
        json_bytes(
            {
                "exam": source.fingerprints.exam,
                "package": source.fingerprints.package,
                "editions": (source.manifest.get("bank") or {}).get("editions"),
                "runs": [{"run": one.number, "sha256": one.sha256} for one in source.runs],
                "releases": [
                    {"release": one.number, "run": one.run, "sha256": one.sha256} for one in source.releases
                ],
                "record": {
                    "acts": len(source.acts),
                    "sha256": source.acts[-1].digest if source.acts else None,
                },
            }
        ),
    )


def verified_files(source: DossierSource, progress: Progress) -> Files:
    """Everything that `verify` finds."""
    progress(tell("verifying the package"))
    found = verify(source.exam)
    yield DossierFile(
        "verify.json",
        json_bytes(
            {
                "fingerprints": found.fingerprints._asdict(),
                "problems": [one.as_dict() for one in found.problems],
                "notes": [one.as_dict() for one in found.notes],
                "checked": as_json(found.checked),
                "unchecked": list(found.unchecked),
            }
        ),
    )


# ── 1 scheme ─────────────────────────────────────────────────────────────────────────────────


def standard_files(source: DossierSource, progress: Progress) -> Files:
    """The units as the exam holds them, and as the bank has them now."""
    units = [one.model_dump(mode="json") for one in source.package.exam.units]
    editions = (source.manifest.get("bank") or {}).get("editions") or {}
    yield DossierFile("standard.json", json_bytes({"units": units, "editions": editions}))
    for unit in source.units:
        yield from _as_it_is(source.bank(unit) / "unit.yaml", f"{unit}.yaml")


def methods_files(source: DossierSource, progress: Progress) -> Files:
    """Write the methods that the standard requires at the level, and those whose results are held."""
    exam, run = source.package.exam, source.run
    held = Counter(
        (unit, method) for (_, unit), by in ((run.methods if run else {}) or {}).items() for method in by
    )
    yield DossierFile(
        "methods.json",
        json_bytes(
            {
                "level": exam.blueprint.level,
                "this_exam": exam.blueprint.method,
                "also_asked": {one.unit: list(one.methods) for one in exam.other_methods},
                "results_held": [
                    {"unit": unit, "method": method, "candidates": n}
                    for (unit, method), n in sorted(held.items())
                ],
            }
        ),
    )


def blueprint_files(source: DossierSource, progress: Progress) -> Files:
    """Write the blueprint from which the exam was built."""
    yield DossierFile(
        "blueprint.yaml", yaml_bytes(source.package.exam.blueprint.model_dump(mode="json", by_alias=True))
    )


def public_files(source: DossierSource, progress: Progress) -> Files:
    """Write the rules of examgen.yaml on validity, resitting and appeals."""
    if (source.workspace / SETTINGS_FILE).is_file():
        words = body_words(source.workspace).model_dump(mode="json", exclude_none=True)
        if words:
            yield DossierFile("body.json", json_bytes(words))


# ── 2 items ──────────────────────────────────────────────────────────────────────────────────

ITEM_HEADS = (
    *("unit", "item", "pc", "cognitive", "levels", "status_when_printed", "standing", "forms"),
    *(
        "item_model",
        "drafted_by",
        "help",
        "read_by",
        "answers_for",
        "first_moved_by",
        "reviewed_by",
        "approved_by",
        "approved_on",
        "approval_is_void",
    ),
    *("ioc", "ioc_raters", "earlier_uses", "n", "facility", "item_rest", "flags"),
)


def _provenance(source: DossierSource, one: ExamItem) -> tuple[str, ...]:
    """The item model, who drafted the item with what help, who read it, who answers for it."""
    item = one.printed.item
    model = item.model.id if item.model is not None else None
    unit = source.provenance.get(one.printed.unit)
    told = unit.of(item.id, model) if unit is not None else None
    if told is None:
        return (model or "", "", "", "", "")
    return (model or "", told.drafted_by, told.help, "; ".join(told.read_by), told.answers_for)


def items_files(source: DossierSource, progress: Progress) -> Files:
    """A line for each printed item, without its text and key."""
    reviews: dict[str, list[Any]] = {}
    for _, one in source.reviews:
        reviews.setdefault(one.item, []).append(one)
    rated = {
        one.item: one
        for panel, own in by_panel([one for _, one in source.ratings]).items()
        if panel.kind == "ioc"
        for one in congruence([rating for rating in own if rating.value is not None])
    }
    progress(tell("analysing the items"))
    figures = {} if source.technical is None else {one.item: one for one in source.technical.items}
    void, rows = set(source.package.exam.void_approvals), []
    for name, printed in source.items.items():
        item, own = printed.printed.item, reviews.get(name, [])
        approvals = [move for move in own if move.after == "approved"]
        evidence, seen, ioc = source.package.exam.evidence.get(name), figures.get(name), rated.get(name)
        uses = [use.administration for use in evidence.uses if use.is_sat] if evidence is not None else []
        rows.append(
            (
                *(
                    printed.printed.unit,
                    name,
                    item.pc,
                    item.cognitive,
                    " ".join(map(str, item.levels)),
                    item.status,
                ),
                *("scored" if printed.printed.points else "pilot", " ".join(printed.forms)),
                *_provenance(source, printed),
                *(own[0].by if own else "", "; ".join(dict.fromkeys(move.by for move in own))),
                approvals[-1].by if approvals else "",
                approvals[-1].date if approvals else "",
                "yes" if name in void else "no",
                *(f"{ioc.ioc:.2f}" if ioc else "", ioc.n if ioc else ""),
                "; ".join(uses),
                *(
                    (seen.n, seen.facility, seen.item_rest, " ".join(seen.flags))
                    if seen
                    else ("", "", "", "")
                ),
            )
        )
    yield DossierFile("items.csv", _table(ITEM_HEADS, rows))


def reviews_files(source: DossierSource, progress: Progress) -> Files:
    """Every move of a printed item; comments, which may name a key, are left out."""
    rows = [
        (unit, one.item, one.before, one.after, one.verdict, one.by, one.date, one.edition)
        for unit, one in source.reviews
    ]
    heads = ("unit", "item", "from", "to", "verdict", "by", "date", "edition")
    if rows:
        yield DossierFile("reviews.csv", _table(heads, rows))


def bank_statistics_files(source: DossierSource, progress: Progress) -> Files:
    """The lines of statistics.csv about printed items."""
    for unit in source.units:
        path = source.bank(unit) / STATISTICS_FILE
        if path.is_file():
            table = pl.read_csv(path, infer_schema=False)
            own = table.filter(pl.col("item").is_in(list(source.items)))
            if own.height:
                own = own.drop([name for name in ("item_hash",) if name in own.columns]).fill_null("")
                yield DossierFile(f"statistics-{unit}.csv", csv_bytes(own), source.keyed(path))


# ── 3 build ──────────────────────────────────────────────────────────────────────────────────


def forms_files(source: DossierSource, progress: Progress) -> Files:
    """Write the place of each item, and the number of items of each kind in each form."""
    rows = [
        (
            form.name,
            one.question,
            one.item.id,
            one.unit,
            one.element,
            one.item.pc,
            one.item.cognitive,
            one.points,
        )
        for form in source.package.exam.forms
        for one in form.items
    ]
    heads = ("form", "question", "item", "unit", "element", "pc", "cognitive", "points")
    yield DossierFile("forms.csv", _table(heads, rows))
    counts: Counter[tuple[str, str, str]] = Counter()
    for form in source.package.exam.forms:
        for one in form.items:
            counts["criterion", one.item.pc, form.name] += 1
            counts["cognitive", one.item.cognitive, form.name] += 1
    names = [form.name for form in source.package.exam.forms][:200]
    places = dict.fromkeys((kind, what) for kind, what, _ in counts)
    yield DossierFile(
        "differences-of-forms.csv",
        _table(
            ("by", "what", *names),
            ((*place, *(counts[(*place, name)] for name in names)) for place in places),
        ),
    )


def manifest_files(source: DossierSource, progress: Progress) -> Files:
    """exam.yaml: blueprint, seed, digests."""
    yield from _as_it_is(source.exam / "exam.yaml")


def secret_files(source: DossierSource, progress: Progress) -> Files:
    """Everything under secure/, by digest alone."""
    for path in _files_below(source.exam / SECURE):
        name = path.relative_to(source.exam).as_posix()
        if name not in (CANDIDATES_CSV, DIGEST_KEY):
            yield _secret(source, path, name)


# ── 4 standard ───────────────────────────────────────────────────────────────────────────────


def rule_files(source: DossierSource, progress: Progress) -> Files:
    """The pass rule of blueprint and run, cuts, judgement of criteria."""
    run, exam = source.run, source.package.exam
    rule = exam.blueprint.pass_rule
    said = run.audit["options"]["pass"] if run is not None else None
    yield DossierFile(
        "decision-rule.json",
        json_bytes(
            {
                "blueprint": None if rule is None else rule.model_dump(mode="json"),
                "run": as_json(said),
                "cuts": {name: one.model_dump(mode="json") for name, one in exam.cuts.items()},
                "judgement": exam.blueprint.judgement.model_dump(mode="json"),
            }
        ),
    )


def cut_files(source: DossierSource, progress: Progress) -> Files:
    """Cut scores and a conversion that were taken."""
    for name in (CUT, SCALED):
        yield from _as_it_is(source.sitting.path(name))


def standard_ratings_files(source: DossierSource, progress: Progress) -> Files:
    """Write the ratings of judges and experts for each printed item."""
    rows = [
        (unit, one.kind, one.level, one.round, one.expert, one.name, one.item, one.value, one.date)
        for unit, one in source.ratings
    ]
    heads = ("unit", "kind", "level", "round", "expert", "name", "item", "value", "date")
    if rows:
        yield DossierFile("ratings.csv", _table(heads, rows))


# ── 5 printing and custody ───────────────────────────────────────────────────────────────────


def printing_files(source: DossierSource, progress: Progress) -> Files:
    """The rule of the last printing, and every paper by digest."""
    if source.manifest.get("printing"):
        yield DossierFile("printing.json", json_bytes(as_json(source.manifest["printing"])))
    papers = list(_files_below(source.exam / PAPERS))
    if papers:
        rows = [
            (path.relative_to(source.exam).as_posix(), path.stat().st_size, sha256_of(path))
            for path in papers
        ]
        yield DossierFile("papers.csv", _table(("file", "bytes", "sha256"), rows))


def serials_files(source: DossierSource, progress: Progress) -> Files:
    """From which to which serial each room has booklets."""
    path = source.exam / CANDIDATES_CSV
    if not path.is_file():
        return
    table = pl.read_csv(path, infer_schema=False).fill_null("")
    named = [name for name in ("centre", "room") if name in table.columns]
    column = "serial" if "serial" in table.columns else "form"
    rows = table.group_by(named, maintain_order=True).agg(
        pl.len().alias("booklets"),
        (pl.col("candidate_id") == "").sum().alias("spare"),
        pl.col(column).first().alias("first"),
        pl.col(column).last().alias("last"),
    )
    yield DossierFile("serials.csv", _table(rows.columns, rows.iter_rows()), source.keyed(path))


# ── 6 sitting ────────────────────────────────────────────────────────────────────────────────


def plan_files(source: DossierSource, progress: Progress) -> Files:
    """sitting.yaml."""
    yield from _as_it_is(source.sitting.path("sitting.yaml"))


def counts_files(source: DossierSource, progress: Progress) -> Files:
    """The ledger of the run."""
    run = source.run
    if run is not None and run.ledger is not None:
        yield DossierFile("counts.csv", csv_bytes(run.ledger))


def roster_files(source: DossierSource, progress: Progress) -> Files:
    """Everybody who was registered."""
    people = roster.people(source.sitting)
    if people:
        rows = ((*one[:7], one.organisation) for one in people)
        heads = ("candidate_id", "name", "centre", "room", "seat", "form", "status", "organisation")
        yield DossierFile("roster.csv", _table(heads, rows))


def accommodation_files(source: DossierSource, progress: Progress) -> Files:
    """Write the accommodations that were planned, and those that were given."""
    plan = source.plan
    if plan is not None and plan.accommodation:
        rows = [
            (o.candidate_id, o.given, o.extra_minutes, o.reason, o.approved_by) for o in plan.accommodation
        ]
        heads = ("candidate_id", "given", "extra_minutes", "reason", "approved_by")
        yield DossierFile("accommodation-planned.csv", _table(heads, rows))
    yield from _returned(source, "accommodation", "accommodation-given.csv")


def _returned(source: DossierSource, name: str, file: str) -> Files:
    """A list that centres sent back, of all files together."""
    records = source.events.as_dict()[name]
    if records:
        heads = [column.role for one in RETURN_LISTS if one.name == name for column in one.columns]
        rows = ([_cell(one.get(head)) for head in heads] for one in records)
        yield DossierFile(file, _table(heads, rows))


def _cell(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value


def packets_files(source: DossierSource, progress: Progress) -> Files:
    """Write the records of centres and of the body for each packet."""
    yield from _returned(source, "packets", "packets.csv")


def attendance_files(source: DossierSource, progress: Progress) -> Files:
    """Write who attended, and who opened which document."""
    yield from _returned(source, "attendance", "attendance.csv")


def incidents_files(source: DossierSource, progress: Progress) -> Files:
    """Every incident."""
    yield from _returned(source, "incidents", "incidents.csv")


def discrepancies_files(source: DossierSource, progress: Progress) -> Files:
    """Write the discrepancies and their explanations."""
    found = discrepancies(source.sitting)
    if found:
        yield DossierFile("does-not-add-up.json", json_bytes([as_json(one.as_dict()) for one in found]))


def returns_files(source: DossierSource, progress: Progress) -> Files:
    """Byte for byte."""
    for path in source.sitting.returns:
        yield DossierFile(f"returns/{path.name}", path)


def nothing(source: DossierSource, progress: Progress) -> Files:
    """Write nothing: examgen keeps no record of it."""
    return ()


# ── 7 scoring ────────────────────────────────────────────────────────────────────────────────

_OF_RUNS = ("ledger.csv", "unreconciled.csv", "reassign.csv")


def runs_files(source: DossierSource, progress: Progress) -> Files:
    """Write the audit of each run, without keys and without the text of rows."""
    for run in source.runs:
        place = f"run-{run.number:04d}"
        audit = json_bytes(_without_keys(as_json(run.audit)))
        yield DossierFile(f"{place}/{AUDIT}", audit, run.sha256)
        for name in _OF_RUNS:
            yield from _as_it_is(run.folder / name, f"{place}/{name}")
        aside = run.folder / "quarantine.csv"
        if aside.is_file():
            table = read_table(aside)
            shown = csv_bytes(table.drop([one for one in ("raw",) if one in table.columns]))
            yield DossierFile(f"{place}/{aside.name}", shown, sha256_of(aside))


def compared_files(source: DossierSource, progress: Progress) -> Files:
    """Write the candidates whose results changed from run to run, and those whom corrections changed."""
    for before, after in zip(source.runs, source.runs[1:], strict=False):
        yield from _comparison(
            source, before.folder, after, f"run-{before.number:04d}-and-{after.number:04d}.json"
        )
    told = source.run
    if told is None or not told.audit.get("corrections") or not (told.folder / RESPONSES).is_file():
        return
    from examgen.scoring.score import score_without_corrections

    progress(tell("scoring without the corrections"))
    with TemporaryDirectory() as name:
        without = Path(name) / "without"
        without.mkdir()
        run = read_run(told.run, told.folder)
        score_without_corrections(source.exam, run, without)
        yield from _comparison(source, without, run, f"run-{run.number:04d}-without-corrections.json")


def _comparison(source: DossierSource, before: Path, after: Run, name: str) -> Files:
    from examgen.scoring.compare import compare_folders

    try:
        found = compare_folders(before, after.folder)
    except (Refused, OSError):
        return
    rows = found.comparison.rows
    columns = [one for one in rows.columns if not one.startswith(("file", "room", "centre"))]
    yield DossierFile(
        name,
        json_bytes(
            {
                "before": before.name,
                "after": after.number,
                "causes": list(found.causes),
                "counts": found.comparison.all._asdict(),
                "moved": as_json(rows.select(columns).to_dicts()),
                "only_before": list(found.comparison.only_before),
                "only_after": list(found.comparison.only_after),
            }
        ),
    )


def record_files(source: DossierSource, progress: Progress) -> Files:
    """Every act, chained; without what a second reading read."""
    path = source.sitting.path(RECORD)
    if not path.is_file():
        return
    if any("answers" in one.details for one in source.acts):
        acts = [json.loads(line) for line in read_input(path).splitlines() if line]
        shown = "".join(f"{json.dumps(_without_answers(one), ensure_ascii=False)}\n" for one in acts)
        yield DossierFile(RECORD, shown.encode(), sha256_of(path))
    else:
        yield DossierFile(RECORD, path)


def _without_answers(act: dict[str, Any]) -> dict[str, Any]:
    return {**act, "details": _without_read(act["details"])} if act.get("details") else act


def decisions_files(source: DossierSource, progress: Progress) -> Files:
    """Write the decisions of graders on rows and marks, without the rows and without the marks."""
    for name in (IDENTITIES, MARKS):
        path = source.sitting.path(name)
        if path.is_file():
            table = read_table(path)
            shown = table.drop([one for one in ("raw", "answer") if one in table.columns])
            yield DossierFile(name, csv_bytes(shown), source.keyed(path))


def corrections_files(source: DossierSource, progress: Progress) -> Files:
    """Write the corrections and their reasons, without the right answers."""
    run = source.run
    made = (run.audit.get("corrections") or ()) if run is not None else ()
    if made:
        heads = ("kind", "form", "question", "item", "by", "date")
        yield DossierFile(
            "corrections.csv", _table(heads, ([one.get(name) for name in heads] for one in made))
        )
    path = source.sitting.path(CORRECTIONS)
    if path.is_file():
        yield _secret(source, path, CORRECTIONS)


def inputs_files(source: DossierSource, progress: Progress) -> Files:
    """Write the digests of the inputs."""
    told = source.run
    for one in (told.audit.get("inputs") or ()) if told is not None else ():
        path = source.exam / str(one["file"])
        size = path.stat().st_size if path.is_file() else None
        yield WithheldFile(f"answers/{path.name}", size, str(one.get("sha256") or ""), PERSONAL)


# ── 8 quality ────────────────────────────────────────────────────────────────────────────────


def technical_files(source: DossierSource, progress: Progress) -> Files:
    """In Thai and in English, with its tables."""
    for lang in ("th", "en") if source.technical is not None else ():
        yield from _written(source, "technical", source.technical, lang, progress)


def _written(source: DossierSource, kind: str, contents: Any, lang: Any, progress: Progress) -> Files:
    """A report as PDF, and its tables once."""
    run, one = source.run, next(one for one in REPORT_KINDS if one.name == kind)
    assert run is not None
    how = document(one)
    with TemporaryDirectory() as name:
        place = Path(name) / "report"
        write_document(
            place,
            how.template,
            tell("{exam} – {report}", exam=source.name, report=one.title),
            lambda words, faces, **beside: {
                **how.page(run, contents, lang, words, faces, **beside),
                "dated": None,
            },
            frames_of(how.tables, contents),
            ReportOptions(lang=lang),
            source.workspace,
            progress,
            how.beside and partial(how.beside, run, contents, lang, progress),
            run,
        )
        for path in sorted(place.glob("*.pdf")):
            part = "report" if path.stem == "report" else path.stem
            yield DossierFile(f"{kind}-{part}-{lang}.pdf", read_input(path))
        if lang == "en" and kind == "technical":
            for path in sorted(place.glob("*.csv")):
                yield DossierFile(f"technical-tables/{path.name}", read_input(path))


def repeated_files(source: DossierSource, progress: Progress) -> Files:
    """How often the decisions of the run would repeat."""
    run = source.run
    if (
        run is None
        or run.exam.blueprint.is_rated
        or run.audit["options"]["pass"] is None
        or not run.candidates.height
    ):
        return
    progress(tell("decision consistency"))
    found = decisions_of_run(source.exam, str(run.run))
    yield DossierFile("decision-consistency.json", json_bytes(found.document()))


def analysis_files(source: DossierSource, progress: Progress) -> Files:
    """Write the digest of the analysis, which names keys."""
    if source.run is not None:
        for path in _files_below(report_folder(source.exam, source.run.run)):
            yield _secret(source, path, f"analysis/{path.name}")


# ── 9 decision ───────────────────────────────────────────────────────────────────────────────


def releases_files(source: DossierSource, progress: Progress) -> Files:
    """Each release, as the record has it."""
    for one in source.releases:
        said = {**one.said, "time": one.time, "sha256": one.sha256}
        yield DossierFile(f"release-{one.number:04d}.json", json_bytes(said))


def looks_files(source: DossierSource, progress: Progress) -> Files:
    """Every decision on a person, second looks among them."""
    heads = (
        "candidate_id",
        "decision",
        "by",
        "date",
        "reason",
        "confirmed_by",
        "evidence",
        "run",
        "score",
        "result",
    )
    rows = [
        (
            *(
                one.candidate_id,
                one.decision,
                one.by,
                one.date,
                one.reason,
                one.confirmed_by,
                one.evidence,
                one.run,
            ),
            *((one.result.score, one.result.decision) if one.result else ("", "")),
        )
        for one in (source.run.decisions if source.run is not None else ())
    ]
    if rows:
        yield DossierFile("decisions-on-persons.csv", _table(heads, rows))


def results_files(source: DossierSource, progress: Progress) -> Files:
    """Score and decision of everybody."""
    if source.run is not None:
        yield DossierFile("results.csv", source.run.folder / "candidates.csv")


def book_files(source: DossierSource, progress: Progress) -> Files:
    """The book of the meeting; what names a key is left out."""
    run = source.run
    if run is None:
        return
    how = document(next(one for one in REPORT_KINDS if one.name == "committee"))
    book: CommitteeBook = how.contents(run, source.exam)
    # without keys: those of corrected items, and those that the item analysis doubts
    bare = book._replace(
        corrections=tuple({**_without_keys(one), "reason": ""} for one in book.corrections),
        decided=tuple(_without_read(one) for one in book.decided),
        items=None,
    )
    yield from _written(source, "committee", bare, "both", progress)


# ── 10 after ─────────────────────────────────────────────────────────────────────────────────


def issued_files(source: DossierSource, progress: Progress) -> Files:
    """Every file of a report, by digest: keyed, for the committee's book and the item analysis name keys."""
    rows = []
    for path in _files_below(source.exam / REPORTS):
        if path.name != OWN:
            rows.append((path.relative_to(source.exam).as_posix(), path.stat().st_size, source.keyed(path)))
    if rows:
        yield DossierFile("reports-made.csv", _table(("file", "bytes", "sha256"), rows))


def certificates_files(source: DossierSource, progress: Progress) -> Files:
    """Write the lines of the register of certificates that belong to the exam."""
    own = [one for one in read_register(source.workspace) if one.issued.exam == source.name]
    acts = sorted((act for one in own for act in one.acts), key=lambda act: act.n)
    if acts:
        register = source.workspace / REGISTER / REGISTER_RECORD
        lines = read_input(register).splitlines(keepends=True)
        yield DossierFile(
            "certificates.jsonl", b"".join(lines[one.n - 1] for one in acts), sha256_of(register)
        )


def _yes(said: bool) -> str:
    return "yes" if said else "no"


def cases_files(source: DossierSource, progress: Progress) -> Files:
    """How far each case is, and its acts; its papers by digest."""
    found = states(source.sitting)
    heads = (
        *("number", "kind", "received", "due", "late", "release", "handler", "readings"),
        *("outcome", "decided_on", "decided_by", "answered_on", "closed_on", "status"),
    )
    rows = [
        (
            *(case.number, case.kind, case.received, case.due, _yes(case.is_late) if case.due else ""),
            *(case.release or "", case.handler, len(case.readings), case.outcome, case.decided_on),
            *(case.decided_by, case.letters[-1].date if case.letters else "", case.closed_on, one.status),
        )
        for one in found
        for case in [one.case]
    ]
    if rows:
        yield DossierFile("cases.csv", _table(heads, rows))
    own = [
        _without_answers(as_json(one._asdict())) for one in source.acts if str(one.act).startswith("case-")
    ]
    if own:
        yield DossierFile("case-acts.json", json_bytes(own))
    for path in _files_below(source.sitting.path("cases")):
        name = path.relative_to(source.sitting.place).as_posix()
        yield WithheldFile(name, path.stat().st_size, sha256_of(path), PERSONAL)


# ── 11 persons, 12 personal data ─────────────────────────────────────────────────────────────


def parts_files(source: DossierSource, progress: Progress) -> Files:
    """Write the parts that people had, each with its source."""
    rows = [
        (one.name, part.role, part.deed, part.on, part.where, part.day)
        for one in source.conflicts.people
        for part in one.parts
    ]
    if rows:
        yield DossierFile("parts.csv", _table(("person", "role", "deed", "on", "where", "day"), rows))


def conflicts_files(source: DossierSource, progress: Progress) -> Files:
    """Write the declarations of interest, the rules that are broken, and what is missing."""
    yield from _returned(source, "declarations", "declarations.csv")
    found = source.conflicts
    said = {
        "broken": [one.as_dict() for one in found.broken],
        "missing": [one.as_dict() for one in found.missing],
    }
    if any(said.values()) or found.n_declarations:
        yield DossierFile("conflicts.json", json_bytes(as_json(said)))


def people_files(source: DossierSource, progress: Progress) -> Files:
    """people.yaml."""
    yield from _as_it_is(source.workspace / "people.yaml")


def where_files(source: DossierSource, progress: Progress) -> Files:
    """Write where a package stores names and numbers, and which period of `retention` removes them."""
    yield DossierFile("names-and-numbers.csv", _table(("path", "first_time", "second_time"), PLACES))


def retention_files(source: DossierSource, progress: Progress) -> Files:
    """For how many days a sitting keeps contacts and results, and the site what it need not keep."""
    if (source.workspace / SETTINGS_FILE).is_file():
        said = retention_settings(source.workspace).model_dump(mode="json")
        keep = site_settings(source.workspace).keep.model_dump(mode="json")
        yield DossierFile("retention.json", json_bytes({**said, "site": keep}))
