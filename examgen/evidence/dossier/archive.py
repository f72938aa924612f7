"""An exam → its accreditation file: one zip with the documents, an index, a manifest and its signature.

    index.html index.pdf      by section and by clause: present, withheld or missing, and how to get it
    manifest.json             every file with size, SHA-256, clauses, state; what is withheld or missing
    manifest.json.sig         the body's Ed25519 signature of manifest.json, where a key was named
    0-index/ … 12-personal-data/

The same package, options and day give the same bytes. Files are copied through, never held whole in memory
together. Nothing in it holds a key or the text of an item.
"""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from examgen import __version__
from examgen.core.exam.runs import LEAST_FINGERPRINT
from examgen.core.files import Progress, json_bytes, new_file, quiet, same_but_for_case, sha256_of
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.words import Message, option, tell
from examgen.evidence.dossier.documents import WithheldFile
from examgen.evidence.dossier.index import index_files
from examgen.evidence.dossier.sections import SECTIONS, DossierDocument, DossierSection
from examgen.evidence.dossier.source import DossierSource

if TYPE_CHECKING:
    from examgen.core.signing.detached import SigningKey

MANIFEST, SIGNATURE = "manifest.json", "manifest.json.sig"
KIND = "examgen accreditation file"
FOLDER = "dossier"
"""Of a package, for its accreditation files."""


def file_name(exam: str) -> str:
    """Return the file name for an exam, from the folder of its package."""
    return f"{exam}.zip"


_NO_TIME = (1980, 1, 1, 0, 0, 0)
_PRIVATE = 0o600 << 16

State = Literal["present", "withheld", "missing", "none"]


class DossierLine(NamedTuple):
    """A line of the manifest: a file that is there, one that is withheld, or a document that is missing, or
    of which there was none."""

    path: str
    section: int
    document: str
    title: Message
    clauses: tuple[str, ...]
    state: State
    size: int | None = 0
    sha256: str = ""
    of: str = ""
    why: Message | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the entry of the manifest."""
        said: dict[str, Any] = {
            "path": self.path,
            "section": self.section,
            "document": self.document,
            "title": {"en": self.title.en, "th": self.title.th},
            "clauses": list(self.clauses),
            "state": self.state,
        }
        if self.state in ("present", "withheld"):
            said |= {"size": self.size, "sha256": self.sha256}
        if self.of:
            said["made_from_sha256"] = self.of
        if self.why is not None:
            said["why"] = {"en": self.why.en, "th": self.why.th}
        return said


class MadeDossier(NamedTuple):
    """An accreditation file that was written."""

    path: Path
    sha256: str
    key_id: str
    """Empty where it is not signed."""
    lines: tuple[DossierLine, ...]
    run: int | None

    def count(self, state: State) -> int:
        """How many documents are so."""
        order: dict[tuple[int, str], set[str]] = {}
        for one in self.lines:
            order.setdefault((one.section, one.document), set()).add(one.state)
        return sum(_state_of(states) == state for states in order.values())

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "file": str(self.path),
            "sha256": self.sha256,
            "key": self.key_id or None,
            "run": self.run,
            "documents": {name: self.count(name) for name in get_args(State)},
            "lines": [one.as_dict() for one in self.lines],
        }


def _state_of(states: set[str]) -> State:
    return next(one for one in get_args(State) if one in states)


def make_dossier(
    exam: Path,
    workspace: Path,
    out: Path | None = None,
    *,
    key: SigningKey | None = None,
    day: date | None = None,
    progress: Progress = quiet,
) -> MadeDossier:
    """Writes the accreditation file of an exam, in place of one of that name. Raises Refused where the
    package is not as it was written, WrongUsage where it cannot be written there."""
    source = DossierSource(exam, workspace)
    place = out or exam / FOLDER / file_name(exam.resolve().name)
    if place.suffix.lower() != ".zip":
        raise WrongUsage(
            tell(
                "{out} must be a zip file, but {path} does not end in .zip",
                out=option("out"),
                path=place.name,
            )
        )
    if place.is_dir():
        raise WrongUsage(tell("{path} is a folder. Give a file", path=place))
    if out is None:
        place.parent.mkdir(mode=0o700, exist_ok=True)
    elif not place.parent.is_dir():
        raise WrongUsage(tell("{path} is not a folder. Create it first", path=place.parent))
    if other := same_but_for_case(place):
        raise WrongUsage(
            tell(
                "{other} already exists and differs only in capital letters. Choose another name", other=other
            )
        )
    if place.is_file() and not _is_dossier(place):
        raise Refused(
            tell("{path} already exists and is not an accreditation file. Choose another name", path=place),
            [Problem(str(place), "not-a-dossier", tell("is not an accreditation file"))],
        )
    run = source.run
    with (
        new_file(place) as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive,
    ):
        lines = list(_documents(source, archive, progress))
        progress(tell("the index"))
        head: dict[str, Any] = {
            "kind": KIND,
            "version": 1,
            "examgen": __version__,
            "exam": source.name,
            "title": source.package.exam.blueprint.title.model_dump(),
            "made": None if day is None else day.isoformat(),
            "run": None if run is None else run.run,
            "fingerprints": {
                "exam": source.fingerprints.exam[:LEAST_FINGERPRINT],
                "package": source.fingerprints.package[:LEAST_FINGERPRINT],
                "run": None if run is None else run.fingerprint,
                "release": None if run is None else run.release.fingerprint or None,
            },
            "standard": "ISO/IEC 17024:2012",
        }
        for name, data in index_files(source, head, lines, day, progress):
            size, digest = _put(archive, name, data)
            title = tell("Index by section and by clause")
            lines.insert(0, DossierLine(name, 0, "index", title, (), "present", size, digest))
        manifest = json_bytes({**head, "lines": [one.as_dict() for one in lines]})
        _put(archive, MANIFEST, manifest)
        if key is not None:
            from examgen.core.signing.detached import signature_of  # signing is an extra

            _put(archive, SIGNATURE, signature_of(key, manifest, MANIFEST))
    return MadeDossier(
        place,
        sha256_of(place),
        key.key_id if key else "",
        tuple(lines),
        None if run is None else run.run,
    )


def _is_dossier(path: Path) -> bool:
    """Whether a file is one that may be replaced."""
    try:
        with zipfile.ZipFile(path) as archive:
            return MANIFEST in archive.namelist()
    except (zipfile.BadZipFile, OSError):
        return False


def _documents(source: DossierSource, archive: zipfile.ZipFile, progress: Progress) -> Iterator[DossierLine]:
    for section in SECTIONS:
        progress(tell("{number} {title}", number=section.number, title=section.title))
        for document in section.documents:
            yield from _document(source, archive, section, document, progress)


def _document(
    source: DossierSource,
    archive: zipfile.ZipFile,
    section: DossierSection,
    document: DossierDocument,
    progress: Progress,
) -> Iterator[DossierLine]:
    def line(path: str, state: State, **more: Any) -> DossierLine:
        return DossierLine(
            path, section.number, document.name, document.title, document.clauses, state, **more
        )

    taken: set[str] = set()
    for one in document.files(source, progress):
        path = f"{section.folder}/{one.name}"
        if isinstance(one, WithheldFile):
            yield line(path, "withheld", size=one.size, sha256=one.sha256, why=one.why)
        else:
            size, digest = _put(archive, path, one.content)
            yield line(path, "present", size=size, sha256=digest, of=one.of)
        taken.add(path)
    if not taken:
        yield line("", "none" if document.may_be_none else "missing", why=document.missing)


def _put(archive: zipfile.ZipFile, name: str, content: bytes | Path) -> tuple[int, str]:
    """Writes a member bit by bit, without a time; gives its size and SHA-256."""
    info = zipfile.ZipInfo(name, _NO_TIME)
    info.compress_type, info.external_attr, info.create_system = zipfile.ZIP_DEFLATED, _PRIVATE, 3
    digest = _Digest()
    with archive.open(info, "w", force_zip64=True) as member:
        if isinstance(content, Path):
            with content.open("rb") as file:
                shutil.copyfileobj(file, digest.through(member), 1 << 20)
        else:
            digest.through(member).write(content)
    return digest.size, digest.hexdigest()


class _Digest:
    """SHA-256 and size of what is written through it."""

    def __init__(self) -> None:
        self._sha256, self.size = hashlib.sha256(), 0
        self._to: Any = None

    def through(self, to: Any) -> Any:
        self._to = to
        return self

    def write(self, data: bytes) -> int:
        self._sha256.update(data)
        self.size += len(data)
        written: int = self._to.write(data)
        return written

    def hexdigest(self) -> str:
        return self._sha256.hexdigest()
