"""One printing of a package: staged beside it, then put in its place whole, or not at all.

A printing replaces what the last one wrote: papers, key sheets, the list of candidates, and the tables of
forms and keys, which name just those forms that its booklets print.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from examgen.core.disk import temporary_folder
from examgen.core.exam.bindings import RECORDS
from examgen.core.exam.digests import assignment_digests, digest_key_of, listed_digest
from examgen.core.exam.leftovers import LOCK, complete_moves, hold, put_in_place
from examgen.core.exam.manifest import read_manifest
from examgen.core.exam.names import CANDIDATES_CSV, MANIFEST, PAPERS, RESULTS, SECURE, STAGED
from examgen.core.exam.package import Package
from examgen.core.exam.runs import is_scored
from examgen.core.models.papers import PapersRule
from examgen.core.problems import Refused
from examgen.core.storage import PRIVATE, SHARED, allowed, naming, write_file, yaml_bytes
from examgen.core.words import command, option, tell


@contextmanager
def new_printing(
    package: Package, rule: PapersRule, personal: bool, replace: bool, plan: str = ""
) -> Iterator[Path]:
    """A folder to fill with files at their paths in the package, which then take the place of the last
    printing's; `plan` is a mark of the plan of the sitting that they go by. Whatever fails leaves the
    package as it was; what a kill leaves, `mend` puts right.

    Raises Refused where answers were scored by other tables, unless `replace` gives those results up.
    """
    with naming(package.folder, str(package.folder / STAGED)):
        staged = temporary_folder(package.folder, STAGED)
        with hold(staged):
            try:
                (staged / PAPERS).mkdir()
                (staged / SECURE).mkdir(mode=0o700)
                yield staged
                check_results(package, staged, replace)
                printing = {"papers": rule.model_dump(mode="json"), "personal": personal}
                printing |= {"plan": plan} if plan else {}
                folder, files = package.folder, package.manifest["files"]
                if read_manifest(folder) != package.manifest:
                    raise Refused(
                        tell(
                            "{folder} was built again while it was being printed. Print it again.",
                            folder=folder,
                        )
                    )
                key = digest_key_of(folder)
                if (dealt := staged / CANDIDATES_CSV).is_file():
                    printing["assigned"] = assignment_digests(key, dealt)
                new = {path: listed_digest(key, path, staged / path) for path in printed_files(staged)}
                # the last printing's; `build` puts the tables there alone, which every printing writes
                last = package.manifest.get("printing")
                listed = set(last.get(SECURE, ())) if isinstance(last, dict) else set()
                keys = {path for path in files if path.startswith(f"{SECURE}/key-") and path.endswith(".pdf")}
                old = files.keys() & (
                    {path for path in files if path.startswith(f"{PAPERS}/")} | listed | keys
                )
                secret = sorted(path for path in new if path.startswith(f"{SECURE}/"))
                manifest = {
                    **package.manifest,
                    "printing": {**printing, SECURE: secret},
                    "files": dict(
                        sorted({**{p: said for p, said in files.items() if p not in old}, **new}.items())
                    ),
                }
                lost = [] if _same_records(package, staged) else [RESULTS]
                for path in new:
                    (staged / path).chmod(PRIVATE if path.startswith(f"{SECURE}/") else allowed(SHARED))
                write_file(staged / MANIFEST, yaml_bytes(manifest))
                put_in_place(folder, staged, [*sorted(old | set(new)), *lost], new)
            finally:
                complete_moves(package.folder, staged)


def check_results(package: Package, staged: Path, replace: bool) -> None:
    """Refuses a printing with other tables than those that the results of the package rest on."""
    if replace or not is_scored(package.folder / RESULTS) or _same_records(package, staged):
        return
    raise Refused(
        tell(
            "{folder} has been scored, and these booklets differ from those. Print them in "
            "a separate package ({command}), or add {replace} to discard its results.",
            folder=package.folder,
            command=command("build", "--out"),
            replace=option("replace"),
        )
    )


def _same_records(package: Package, staged: Path) -> bool:
    said, key = package.manifest["files"], digest_key_of(package.folder)
    return all(
        said.get(path) == (listed_digest(key, path, staged / path) if (staged / path).is_file() else None)
        for path in RECORDS
    )


def printed_files(staged: Path) -> list[str]:
    """Paths in the package of what a printing has written so far."""
    return [
        path.relative_to(staged).as_posix()
        for path in sorted(staged.rglob("*"))
        if path.is_file() and path != staged / LOCK
    ]
