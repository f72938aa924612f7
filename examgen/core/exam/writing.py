"""Writes the files of an exam package to disk, completely or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from examgen import __version__
from examgen.core.changes import settle
from examgen.core.csv_files import csv_bytes
from examgen.core.exam.bindings import NOTICE_IDS, OF_PRINTING
from examgen.core.exam.digests import keyed, listed_digest, new_digest_key
from examgen.core.exam.names import (
    BUILD_REPORT,
    DIGEST_KEY,
    FORMS_CSV,
    KEY_CSV,
    MANIFEST,
    MEDIA,
    PAPERS,
    RESULTS,
    SECURE,
    SITTING,
    SNAPSHOT,
    check_inside,
)
from examgen.core.exam.runs import is_scored
from examgen.core.exam.tables import forms_table, key_table
from examgen.core.files import (
    PRIVATE_FOLDER,
    SHARED_FOLDER,
    allowed,
    new_folder,
    read_input,
    same_but_for_case,
    write_file,
    yaml_bytes,
)
from examgen.core.models.form import Exam
from examgen.core.problems import Refused, WrongUsage
from examgen.core.words import option, with_ids
from examgen.core.yamlfile import load

Files = dict[str, bytes]
TABLES = (FORMS_CSV, KEY_CSV)


def exam_files(
    exam: Exam,
    bank_sha256: str,
    media: Mapping[tuple[str, str], bytes],
    editions: Mapping[str, str] | None = None,
    report: bytes | None = None,
) -> Files:
    """Returns every file of a package as `build` writes it, as bytes by path in the package.

    `media` has the images in its items, by unit and name. `editions` has the SHA-256 of the `unit.yaml` for
    which each unit's items were written. `report` is the report on the build. The key of the digests is new
    each time.
    """
    key = new_digest_key()
    files = {
        DIGEST_KEY: key,
        FORMS_CSV: csv_bytes(forms_table(exam)),
        KEY_CSV: csv_bytes(key_table(exam)),
        SNAPSHOT: snapshot_bytes(exam),
        **{f"{MEDIA}/{unit}/{name}": data for (unit, name), data in sorted(media.items())},
        **({BUILD_REPORT: report} if report is not None else {}),
    }
    cuts = {name: cut.model_dump(mode="json") for name, cut in exam.cuts.items()}
    manifest = {
        "exam": exam.blueprint.exam,
        "title": exam.blueprint.title.model_dump(),
        "forms": [form.name for form in exam.forms],
        "items": exam.blueprint.items,
        "criteria": [
            [str(unit.code), element.code, criterion.code]
            for unit in exam.units
            for element in unit.elements
            for criterion in element.criteria
        ],
        "draft": exam.has_drafts,
        **with_ids("notices", exam.notices),
        "void_approvals": list(exam.void_approvals),
        "seed": exam.blueprint.seed,
        "bank": {
            "units": list(exam.blueprint.units),
            "sha256": keyed(key, bank_sha256),
            "editions": dict(sorted((editions or {}).items())),
        },
        "versions": {"examgen": __version__},
        "blueprint": exam.blueprint.model_dump(mode="json", by_alias=True),
        **({"cuts": cuts} if cuts else {}),
        "files": {path: listed_digest(key, path, files[path]) for path in sorted(files)},
    }
    return {MANIFEST: yaml_bytes(manifest), **files}


def snapshot_bytes(exam: Exam) -> bytes:
    """Returns the snapshot of an exam as YAML."""
    items = {p.item.id: p.item for form in exam.forms for p in form.items}
    evidence = {name: known.model_dump(mode="json") for name, known in sorted(exam.evidence.items())}
    instruments = [one.model_dump(mode="json", by_alias=True) for one in exam.instruments]
    return yaml_bytes(
        {
            **({"evidence": evidence} if evidence else {}),
            **({"anchor": list(exam.anchor)} if exam.anchor else {}),
            **({"instruments": instruments} if instruments else {}),
            "units": [unit.model_dump(mode="json") for unit in exam.units],
            "stimuli": [stimulus.model_dump(mode="json") for stimulus in exam.stimuli],
            "items": [items[name].model_dump(mode="json") for name in sorted(items)],
            "forms": [
                {
                    "name": form.name,
                    "items": [
                        {**p.model_dump(mode="json", exclude={"item"}), "item": p.item.id} for p in form.items
                    ],
                }
                for form in exam.forms
            ],
        }
    )


def write_package(folder: Path, files: Files, replace: bool = False) -> None:
    """Writes a new package.

    If the same package already exists, it is left as it is, with papers and results. A different package is
    replaced only if it was neither printed nor scored, or if `replace` is set; otherwise it raises Refused.
    """
    settle(folder.resolve().parent)
    if twin := same_but_for_case(folder.resolve()):
        raise Refused.because(
            "{name} differs from the exam {twin} only in capital letters. Choose another name.",
            name=folder.name,
            twin=twin,
        )
    if folder.is_dir() and any(folder.iterdir()) and _is_same(folder, files, replace):
        return
    with new_folder(folder, durable=True) as staged:
        fill_package(staged, files)


def fill_package(folder: Path, files: Files) -> None:
    """Writes the files of a new package into an empty folder."""
    write_below(folder, files)
    for name, mode in ((PAPERS, allowed(SHARED_FOLDER)), (SECURE, PRIVATE_FOLDER)):
        (folder / name).mkdir(exist_ok=True)
        (folder / name).chmod(mode)


def _is_same(folder: Path, files: Files, replace: bool) -> bool:
    """Returns whether the package in the folder is the same. Raises Refused if it is a different one that is
    in use."""
    if not (folder / MANIFEST).is_file():
        raise WrongUsage.because(
            "{folder} contains files but no exam package. Choose another folder with {out}.",
            folder=folder,
            out=option("out"),
        )
    there = _loaded(read_input(folder / MANIFEST))
    personal = bool(there.get("printing"))  # then the tables are those of its booklets
    # the key of the digests differs each time, and what it keyed with it: the files themselves are compared
    others = {MANIFEST, DIGEST_KEY, *(TABLES if personal else ())}
    expected = [path for path in files if path not in others]
    same = all((folder / path).is_file() and read_input(folder / path) == files[path] for path in expected)
    if same and _identity(there) == _identity(_loaded(files[MANIFEST])):
        return True
    in_use = (
        is_scored(folder / RESULTS)
        or personal
        or any((folder / PAPERS).glob("booklet-*.pdf"))
        or (folder / SITTING).is_dir()
    )
    if in_use and not replace:
        raise Refused.because(
            "{folder} contains another exam that has been printed or scored. Choose "
            "another folder with {out}, or add {replace} to discard its papers and "
            "results.",
            folder=folder,
            out=option("out"),
            replace=option("replace"),
        )
    return False


def _loaded(manifest: bytes) -> dict[str, Any]:
    try:
        data = load(manifest)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _identity(manifest: Mapping[str, Any]) -> object:
    """Returns a manifest's content about the exam itself, not about files made from it. The digest of the
    bank is left out because it is keyed; the build report has it without a key."""
    bank = {name: value for name, value in (manifest.get("bank") or {}).items() if name != "sha256"}
    said = {name: value for name, value in manifest.items() if name not in (*OF_PRINTING, NOTICE_IDS)}
    return {**said, "bank": bank}


def write_below(folder: Path, files: Files) -> None:
    """Writes files to their paths below a folder."""
    for name in files:
        check_inside(name)
    for name, data in files.items():
        write_file(folder / name, data)
