"""A printing of a package: staged, then put in place of the last one as a whole, or not at all.

A printing replaces the files of the last one: papers, key sheets, the list of candidates, and the tables of
forms and keys, which contain exactly the forms that its booklets print. `exam.yaml` commits it: until its
rename, the old printing is in effect; after it, the new one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from examgen.core.changes import TMP, FileChange, change, changing, keep
from examgen.core.exam.bindings import RECORDS
from examgen.core.exam.digests import assignment_digests, digest_key_of, listed_digest
from examgen.core.exam.manifest import read_manifest
from examgen.core.exam.names import CANDIDATES_CSV, MANIFEST, PAPERS, RESULTS, SECURE, check_inside
from examgen.core.exam.package import Package
from examgen.core.exam.runs import is_scored
from examgen.core.files import PRIVATE, SHARED, allowed, naming, sha256, write_file, yaml_bytes
from examgen.core.models.papers import PapersRule
from examgen.core.problems import Refused
from examgen.core.words import command, option


@contextmanager
def new_printing(
    package: Package, rule: PapersRule, personal: bool, replace: bool, plan: str = ""
) -> Iterator[Path]:
    """Yields a folder to fill with files at their paths in the package, which then replace those of the last
    printing. `plan` identifies the plan of the sitting that they follow. If anything fails, the package is
    unchanged.

    Raises Refused if answers were scored with other tables, unless `replace` is set to discard those results.
    """
    folder = package.folder
    with naming(folder, str(folder / TMP)), change(folder, durable=False) as printing:
        staged = printing.staging
        (staged / PAPERS).mkdir()
        (staged / SECURE).mkdir(mode=0o700)
        yield staged
        check_results(package, staged, replace)
        details = {"papers": rule.model_dump(mode="json"), "personal": personal}
        details |= {"plan": plan} if plan else {}
        with changing(folder):
            if read_manifest(folder) != package.manifest:
                raise Refused.because(
                    "{folder} was built again while it was being printed. Print it again.", folder=folder
                )
            _put(package, printing, details)
            printing.commit()
    papers = (path for path in (folder / PAPERS).rglob("*") if path.is_dir())
    for path in sorted(papers, reverse=True):  # the innermost first; those that hold anything stay
        with suppress(OSError):
            path.rmdir()


def _put(package: Package, printing: FileChange, details: dict[str, object]) -> None:
    """Prepares the change that replaces the last printing by the new files, with a manifest that lists
    them."""
    folder, staged, files = package.folder, printing.staging, package.manifest["files"]
    key = digest_key_of(folder)
    if (dealt := staged / CANDIDATES_CSV).is_file():
        details["assigned"] = assignment_digests(key, dealt)
    new = {path: listed_digest(key, path, staged / path) for path in printed_files(staged)}
    # the last printing's; `build` puts the tables there alone, which every printing writes
    last = package.manifest.get("printing")
    listed = set(last.get(SECURE, ())) if isinstance(last, dict) else set()
    keys = {path for path in files if path.startswith(f"{SECURE}/key-") and path.endswith(".pdf")}
    old = files.keys() & ({path for path in files if path.startswith(f"{PAPERS}/")} | listed | keys)
    secret = [path for path in new if path.startswith(f"{SECURE}/")]
    lost = [] if _same_records(package, staged) else [RESULTS]
    for path in (*old, *new):
        check_inside(path)
    for path in new:
        (staged / path).chmod(PRIVATE if path in secret else allowed(SHARED))
        printing.put(folder / path, staged / path)
    for path in (*sorted(old - new.keys()), *lost):
        printing.remove(folder / path)
    names = {path: digest for path, digest in files.items() if path not in old} | new
    manifest = {
        **package.manifest,
        "printing": {**details, SECURE: sorted(secret)},
        "files": dict(sorted(names.items())),
    }
    written = yaml_bytes(manifest)
    write_file(staged / MANIFEST, written)
    keep(staged / path for path in (*secret, MANIFEST))
    put = partial((staged / MANIFEST).replace, folder / MANIFEST)
    printing.commit_by(folder / MANIFEST, sha256(written), put)


def check_results(package: Package, staged: Path, replace: bool) -> None:
    """Raises Refused if the new tables differ from those on which the results of the package are based."""
    if replace or not is_scored(package.folder / RESULTS) or _same_records(package, staged):
        return
    raise Refused.because(
        "{folder} has been scored, and these booklets differ from those. Print them in "
        "a separate package ({command}), or add {replace} to discard its results.",
        folder=package.folder,
        command=command("build", "--out"),
        replace=option("replace"),
    )


def _same_records(package: Package, staged: Path) -> bool:
    said, key = package.manifest["files"], digest_key_of(package.folder)
    return all(
        said.get(path) == (listed_digest(key, path, staged / path) if (staged / path).is_file() else None)
        for path in RECORDS
    )


def printed_files(staged: Path) -> list[str]:
    """Returns the paths in the package of the files printed so far."""
    return [path.relative_to(staged).as_posix() for path in sorted(staged.rglob("*")) if path.is_file()]
