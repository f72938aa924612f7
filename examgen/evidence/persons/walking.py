"""A workspace and the persons in question → every file in which they stand, and its bytes without them.

One pass over all files, for any number of persons. A file is taken by its kind: tables by cell, documents by
value, pages for people (HTML, PDF) are removed where they name somebody, pictures of sheets are emptied.
"""

from __future__ import annotations

import csv
import gzip
import html
import io
import json
import os
import re
import zipfile
from collections.abc import Callable, Collection, Hashable, Iterator
from contextlib import suppress
from functools import partial
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import NamedTuple, TypeVar

import polars as pl
from PIL import Image

from examgen.capture.tabular.encodings import encoding_shown
from examgen.core.candidate_numbers import canonical_number
from examgen.core.exam.erasures import ERASURES
from examgen.core.exam.names import ANALYSIS, MANIFEST, REPORTS, RUN_PACKAGE, SITTING
from examgen.core.problems import MissingDependency
from examgen.core.responses.table import MAGIC
from examgen.core.storage import OWN, json_bytes, sha256, yaml_bytes
from examgen.core.words import tell
from examgen.core.work_folders import TMP
from examgen.core.yamlfile import load
from examgen.evidence.dossier.archive import KIND
from examgen.evidence.dossier.archive import MANIFEST as DOSSIER
from examgen.evidence.persons import delimited, documents, parquet, scans, workbooks
from examgen.evidence.persons.found import Becomes, FoundFile, Looked, NewBytes, Waiting, bytes_of, looking
from examgen.evidence.persons.known import Known
from examgen.evidence.persons.spelling import QUOTES, SHORTEST, Spellings, unquoted
from examgen.interchange.place import EXPORTS
from examgen.rendering.pdf.reading.annotations import words_of_annotations
from examgen.scanning.folder import BUBBLES, JOURNAL, SCAN, SCANS
from examgen.scoring.sitting_record import CASES

T = TypeVar("T")
SITE_STATE = ".examgen-web"
"""The folder of the site in a workspace: its database is erased by the site itself, files that wait in
`uploads/` as all others."""
_NOT_OURS = frozenset((".git", ".venv", "__pycache__", "node_modules", TMP, SITE_STATE))
_TABLES = (".csv", ".tsv", ".tab", ".dat")
_PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")
_ARCHIVES = (
    ".tar",
    ".tgz",
    ".tar.gz",
    ".7z",
    ".rar",
    ".bz2",
    ".xz",
    ".pgdump",
    ".sqlite3",
    ".db",
    ".pkl",
    ".npz",
    *(".doc", ".xls", ".ppt", ".rtf", ".eml", ".msg", ".mbox"),
)

_GALLERIES = (".html", ".xlsx")
_ERASED = b"erased\n"
_OTHER_CHARACTERS = re.compile(
    rb"\xe0\xb9[\x90-\x99]|\xe2\x80[\x80-\xaf]|\xe2\x81|\xc2[\xa0\xad]|\xef\xbb\xbf|\xef\xbc[\x90-\x99]|\xe2\x88\x92|\xe3\x80\x80"
)
"""What may stand in a number beside ASCII: figures of other scripts, blanks, dashes, what is not seen."""
_QUOTES = b"\"'"
_BLANKS = b"- \t\r\n\x0b\x0c\x1c\x1d\x1e\x1f"
_IN_NAMES = (
    (b"\xe0\xb9\x8d", b""), (b"\xe0\xb8\xb3", b"\xe0\xb8\xb2"), (b"\\u0e4d", b""), (b"\\u0e33", b"\\u0e32")
)  # fmt: skip
"""How names are compared, in UTF-8 and as JSON may write it."""
_IN_PIECES = re.compile(r"^(?:word|ppt)/.*\.xml$|^xl/(?:comments|drawings)[^/]*.*\.xml$|^content\.xml$")
"""Parts of documents in which a word may stand in several pieces."""
_TAGS_OF_BYTES = re.compile(rb"<[^>]*>")
_TAGS = re.compile(r"<(?:script|style)[^>]*>.*?</(?:script|style)>|<[^>]*>", re.DOTALL | re.IGNORECASE)


class Walked(NamedTuple):
    """What was found: by path in the workspace the new bytes of files, files that go, files that get another
    name; and of each what is told."""

    changed: NewBytes
    removed: set[str]
    renamed: dict[str, str]
    found: list[FoundFile]
    pictures: set[str]
    """Scans of which pages were emptied: they are called by the digest that they had."""


class _Rewritten(NamedTuple):
    """A file without the persons: its bytes, None where they are the same; which lines are others, and
    whether something of them may be left."""

    waiting: Waiting | None
    lines: tuple[str, ...]
    is_left: bool


class Prefilter:
    """Whether bytes may hold any of the persons: quick, and never wrong where it says that they do not."""

    def __init__(self, spellings: Spellings) -> None:
        self._spellings = spellings
        numbers = [one for one in spellings.numbers if len(one) >= SHORTEST]
        names = [*spellings.names]
        self._has_short = len(numbers) < len(spellings.numbers)
        is_plain = all(one.isascii() for one in numbers) and all(
            one.isascii() or re.fullmatch(r"[\x00-\x7f\u0e00-\u0e7f]*", one) for one in names
        )
        self._few: list[bytes] | None = None
        if is_plain and len(numbers) + len(names) <= 24:
            self._few = [unquoted(one).encode() for one in numbers]
            plain = [*map(unquoted, names)]
            self._names = [one.encode() for one in plain]
            self._names += [json.dumps(one)[1:-1].encode().lower() for one in plain if not one.isascii()]

    def __call__(self, data: bytes) -> bool:
        """Whether a closer look is needed."""
        if self._has_short:
            return True
        if self._few is None:
            return self._slowly(data)
        body = data[3:] if data.startswith(b"\xef\xbb\xbf") else data
        if encoding_shown(body) is not None:
            return self._slowly(data)
        plain = body.translate(None, _BLANKS + _QUOTES)
        if any(one in plain for one in self._few):
            return True
        if self._names:
            small = body
            for quote in QUOTES:
                small = small.replace(quote.encode(), b"")
            small = small.translate(None, _BLANKS + b"_.").lower()
            for one, other in _IN_NAMES:
                small = small.replace(one, other)
            if any(one in small for one in self._names):
                return True
        if body.isascii():
            return False
        if _OTHER_CHARACTERS.search(body) is not None:
            return self._slowly(data)
        return not _is_utf8(body) and self._slowly(data)

    def _slowly(self, data: bytes) -> bool:
        encoding = delimited.encoding_of(data)
        text = delimited.decoded(data, encoding)
        said = self._spellings.may_be_quoted_in
        return said(text) or ("\\u" in text and said(_unescaped(text)))


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _unescaped(text: str) -> str:
    return re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)


def files_of(workspace: Path, within: Collection[str] | None = None) -> Iterator[Path]:
    """Every file of a workspace that is for us to search; only those `within` some folders, if any are
    named."""
    if within is not None:
        for folder in sorted(within):
            yield from files_of(workspace / folder)
        return
    waiting = workspace / SITE_STATE / "uploads"
    for place, folders, names in chain(os.walk(workspace), os.walk(waiting)):
        folders[:] = sorted(name for name in folders if name not in _NOT_OURS)
        for name in sorted(names):
            path = Path(place, name)
            if not path.is_symlink() and path.is_file() and path != workspace / ERASURES:
                yield path


class Walk:
    """A pass over a workspace."""

    def __init__(
        self,
        workspace: Path,
        spellings: Spellings,
        known: Known,
        kept: frozenset[str] = frozenset(),
        within: frozenset[str] | None = None,
        progress: Callable[[str], None] = lambda text: None,
        looked: Looked | None = None,
    ) -> None:
        self.workspace, self.spellings, self.known, self.kept = workspace, spellings, known, kept
        self.within, self.progress, self._looked = within, progress, looked or looking()
        self._may_hold = Prefilter(spellings)
        self._walked = Walked(NewBytes(known.scratch), set(), {}, [], set())
        self._pages: dict[str, scans.TheirPages] = {}
        self._pictures: dict[str, set[int]] = {}
        """By SHA-256 of a scan, the pages that are the persons'."""
        self._sizes: set[int] = set()
        self._cases = tuple(known.cases(spellings))
        self._papers = {
            sha256(bytes_of(path))
            for folder in self._cases
            for path in (workspace / folder).rglob("*")
            if path.is_file()
        }
        """By SHA-256 the papers of their cases, which may lie in another case as well."""

    def run(self) -> Walked:
        """Everything that was found."""
        paths = list(files_of(self.workspace, self.within))
        self._find_pages(paths)
        pictures = sorted((digest, sorted(pages)) for digest, pages in self._pictures.items())
        self._sought = sha256(repr((self.spellings.sought, pictures)).encode("utf-8", "surrogatepass"))
        records: list[Path] = []
        for n, path in enumerate(paths):
            if n % 2000 == 0 and n:
                self.progress(tell("looked at {n:,} of {all:,} files", n=n, all=len(paths)))
            if path.name in (OWN, MANIFEST, RUN_PACKAGE):
                records.append(path)  # they tell of the others, and come last
            else:
                self._take(path)
        for path in records:
            self._take_record(path)
        return self._walked

    # ── scans ────────────────────────────────────────────────────────────────────────────────

    def _find_pages(self, paths: list[Path]) -> None:
        for folder in {path.parent for path in paths if path.name == SCAN}:
            if not scans.is_scan(folder):
                continue
            theirs = scans.pages_in(folder, self.spellings, self.known.serials)
            if not theirs.sources:
                continue
            self._pages[self._name(folder)] = theirs
            for digest, page in theirs.sources:
                self._pictures.setdefault(digest, set()).add(page)
            for path in (folder / SCANS).iterdir() if (folder / SCANS).is_dir() else ():
                if path.stem in self._pictures:
                    self._sizes.add(path.stat().st_size)

    def _name(self, path: Path) -> str:
        return path.relative_to(self.workspace).as_posix()

    def _picture(self, name: str, data: bytes, digest: str) -> bytes | None:
        """The bytes of a scan of theirs without their pages; None where it cannot be read."""
        with suppress(OSError, ValueError, RuntimeError):
            return scans.emptied(data, self._pictures[digest])
        return None

    # ── one file ─────────────────────────────────────────────────────────────────────────────

    def _take(self, path: Path) -> None:
        name = self._name(path)
        if name in self.kept:
            return
        suffix = path.suffix.casefold()
        is_named = self._is_named(path)
        if name.startswith(self._cases) or (
            self._papers and f"/{SITTING}/{CASES}/" in name and sha256(bytes_of(path)) in self._papers
        ):
            self._empty(path, name)
            return
        if suffix in _PICTURES or (suffix == ".pdf" and path.parent.name == SCANS):
            self._take_picture(path, name, is_named)
            return
        if path.name.casefold().endswith(_ARCHIVES):
            if not path.name.endswith((".pkl", ".npz")) or self._may_hold(bytes_of(path)):
                why = tell("is not searched: look at it, or remove it")
                self._walked.found.append(FoundFile(name, "left", why=why))
            return
        if suffix == ".pdf":
            is_gallery = self._name(path.parent) in self._pages and path.name.startswith("gallery")
            if is_named or is_gallery or self._stands_in_pdf(path, name):
                self._remove(name)
            return
        folder = self._name(path.parent)
        if folder in self._pages and path.name.startswith("gallery") and suffix in _GALLERIES:
            self._remove(name)  # crops of their sheets are in it, by whatever they are called
            return
        if folder in self._pages and path.name in (JOURNAL, BUBBLES):
            data = bytes_of(path)
            self._put(name, self._compared(data, self._scan_without(path, data, folder)))
            return
        if (
            not is_named
            and name not in self.known.lines
            and not self._seen("may hold", path, self._may_be_in)
        ):
            return
        if (
            suffix in (".html", ".htm")
            and self._is_made(path)
            and (is_named or self._lists(name) or self._says_html(bytes_of(path)))
        ):
            self._remove(name)
            return
        lines = tuple(sorted(self.known.lines.get(name, {}).items()))
        new: _Rewritten | None = self._seen(("without", lines), path, self._rewritten)
        if new is None or (EXPORTS in path.parts and new.is_left):
            self._remove(name)
        else:
            self._put(name, new)

    def _seen(self, what: Hashable, path: Path, look: Callable[[Path], T]) -> T:
        """What a look at a file finds of the persons; of one that stays as it is, what it found."""
        found: T = self._looked.of((what, path, self._sought), [path], partial(look, path))
        return found

    def _may_be_in(self, path: Path) -> bool:
        data = bytes_of(path)
        return data.startswith((b"PK\x03\x04", MAGIC, b"\x1f\x8b")) or self._may_hold(data)

    def _rewritten(self, path: Path) -> _Rewritten | None:
        """A file without the persons; None where it goes."""
        data = bytes_of(path)
        new = self.without(path.name, data, self._name(path))
        if new is None or (new != data and _is_signed(data)):
            return None
        return self._compared(data, new)

    def _compared(self, data: bytes, new: bytes) -> _Rewritten:
        waiting = None if new == data else Waiting(new, self.known.scratch)
        return _Rewritten(waiting, _lines(data, new) if waiting else (), self._is_left(new))

    def _put(self, name: str, new: _Rewritten) -> None:
        """What a file says from now on, under the name that it has then."""
        to = self._renamed(name)
        if to != name:
            self._walked.renamed[name] = to
        if new.waiting is not None:
            self._walked.changed.take(name, new.waiting)
        if to != name or new.waiting is not None:
            becomes: Becomes = "renamed" if new.waiting is None else "rewritten"
            self._walked.found.append(FoundFile(name, becomes, new.lines))
        if new.is_left:
            why = tell(
                "may name the person, and is of a kind that is not rewritten: look at it, or remove it"
            )
            self._walked.found.append(FoundFile(to, "left", why=why))

    def _empty(self, path: Path, name: str) -> None:
        """A paper of a case of theirs: what stands for it says that it went."""
        if bytes_of(path) == _ERASED:
            return
        self._walked.changed[name] = _ERASED
        self._walked.found.append(FoundFile(name, "emptied"))
        if (to := self._renamed(name)) != name:
            self._walked.renamed[name] = to

    def _remove(self, name: str) -> None:
        if f"/{SITTING}/{CASES}/" in name:  # the record of the sitting has it among what was taken
            self._empty(self.workspace / name, name)
            return
        self._walked.removed.add(name)
        self._walked.found.append(FoundFile(name, "removed", again=made_by(name)))

    def _renamed(self, name: str) -> str:
        parts = PurePosixPath(name).parts
        return "/".join(self.spellings.in_text(part) for part in parts)

    def _is_named(self, path: Path) -> bool:
        """Whether a file is named by the number or the name of one of them."""
        if self.spellings.in_text(path.name) != path.name:
            return True
        number = path.name.split(".")[0]
        return self.spellings.of_candidate(number) is not None and self._is_made(path)

    def _is_made(self, path: Path) -> bool:
        """Whether a page was made of a run, or of a scan, and can be made again."""
        below = path.relative_to(self.workspace).parts
        return (
            REPORTS in below
            or ANALYSIS in below
            or path.name.startswith("gallery")
            or (path.parent / OWN).is_file()
        )

    def _is_left(self, data: bytes) -> bool:
        """Whether something is left in new bytes: what is no text, a text in pieces, or a number to which
        letters are joined."""
        if data.startswith(b"PK\x03\x04"):
            try:
                parts = _parts_in_pieces(data)
            except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError):
                return True
            return any(self._is_left(_TAGS_OF_BYTES.sub(b"", one)) for one in parts)
        if data.startswith((MAGIC, b"\x1f\x8b")) or not self._may_hold(data):
            return False
        text = delimited.decoded(data, delimited.encoding_of(data))
        plain = html.unescape(_TAGS.sub("", text))
        return self.spellings.says(text) or self.spellings.says(plain) or self.spellings.is_joined_in(text)

    def _take_picture(self, path: Path, name: str, is_named: bool) -> None:
        size = path.stat().st_size
        if size in self._sizes or path.stem in self._pictures:
            data = bytes_of(path)
            digest = path.stem if path.stem in self._pictures else sha256(data)
            if digest in self._pictures:
                new = self._picture(name, data, digest)
                if new is None:
                    self._remove(name)
                else:
                    pages = tuple(tell("page {n}", n=page) for page in sorted(self._pictures[digest]))
                    self._walked.changed[name] = new
                    self._walked.pictures.add(name)
                    self._walked.found.append(FoundFile(name, "emptied", pages))
                    if (to := self._renamed(name)) != name:
                        self._walked.renamed[name] = to
                return
        if is_named:
            self._remove(name)
        elif path.suffix.casefold() != ".pdf" and any(map(self.spellings.says, _picture_texts(path))):
            why = tell("names the person in what the picture says of itself: look at it, or remove it")
            self._walked.found.append(FoundFile(name, "left", why=why))

    def _scan_without(self, path: Path, data: bytes, folder: str) -> bytes:
        """What was read of scans, without what was read of their pages."""
        if path.name == BUBBLES:
            return parquet.without_number_bubbles(data, self._pages[folder].by_source)
        bubbles = scans.number_bubbles(path.parent)
        of_pages = {
            (digest, page): bubbles.get((source, page), [])
            for (digest, page), source in self._pages[folder].sources.items()
        }
        return scans.journal_without(data, of_pages, self.spellings)

    # ── by kind ──────────────────────────────────────────────────────────────────────────────

    def without(self, name: str, data: bytes, whole: str = "") -> bytes | None:
        """The bytes of a file without the persons; None where a file in an archive goes with them."""
        suffix = Path(name).suffix.casefold()
        try:
            if data.startswith(b"PK\x03\x04"):
                return self._archive(data, whole)
            if data.startswith(MAGIC):
                return parquet.without_persons(Path(name), data, self.spellings, self.known.scratch)
            if data.startswith(b"\x1f\x8b"):
                inner = gzip.decompress(data)
                new = self.without(name.removesuffix(".gz"), inner) or b""
                return data if new == inner else gzip.compress(new, mtime=0)
            if suffix in _TABLES or (suffix == ".txt" and _is_table(data)):
                return delimited.without_persons(data, self.spellings, self.known.lines.get(whole))
            if suffix in (".json", ".geojson") or name == OWN:
                return documents.json_without(data, self.spellings)
            if suffix == ".jsonl":
                return documents.lines_without(data, self.spellings)
            if suffix in (".yaml", ".yml"):
                return documents.yaml_without(data, self.spellings)
        except (
            csv.Error,
            ValueError,
            KeyError,
            IndexError,
            zipfile.BadZipFile,
            pl.exceptions.PolarsError,
            EOFError,
            OSError,
        ):
            pass  # not what its name says: a text as any other
        encoding = delimited.encoding_of(data)
        text = delimited.decoded(data, encoding)
        plain = self.spellings.in_text(text)
        return data if plain == text else delimited.encoded(plain, data, encoding)

    def _archive(self, data: bytes, whole: str = "") -> bytes:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if workbooks.is_workbook(archive):
                return workbooks.without_persons(data, self.spellings, self.known.lines.get(whole))
            parts = {one.filename: archive.read(one) for one in archive.infolist() if not one.is_dir()}
        changed: dict[str, bytes | None] = {}
        for name, part in parts.items():
            suffix = Path(name).suffix.casefold()
            digest = sha256(part) if suffix in (*_PICTURES, ".pdf") and self._pictures else ""
            is_named = self.spellings.in_text(Path(name).name) != Path(name).name
            if digest in self._pictures:
                changed[name] = self._picture(name, part, digest)
            elif is_named and suffix in (".pdf", ".html", ".htm", *_PICTURES, ".json"):
                changed[name] = None
            elif suffix == ".pdf":
                if self._says_pdf(part):
                    changed[name] = None
            elif self._may_hold(part) or part.startswith((b"PK\x03\x04", MAGIC, b"\x1f\x8b")):
                changed[name] = self.without(Path(name).name, part)
        named = {name: "/".join(map(self.spellings.in_text, name.split("/"))) for name in parts}
        if all(changed.get(name, part) == part and named[name] == name for name, part in parts.items()):
            return data
        return workbooks.rezipped(data, changed.get, lambda name: named.get(name, name))

    def _says_html(self, data: bytes) -> bool:
        text = data.decode("utf-8", "replace")
        return self.spellings.says(text) or self.spellings.says(html.unescape(_TAGS.sub("", text)))

    # ── PDF ──────────────────────────────────────────────────────────────────────────────────

    def _stands_in_pdf(self, path: Path, name: str) -> bool:
        """Whether somebody stands in a PDF: by the room that it is of, by whose name it has, or by its
        text."""
        if (place := self.known.of_room(name)) is not None:
            return place
        if canonical_number(path.stem) in self.known.others:
            return False
        if self._lists(name):
            return True
        is_said: bool | None = self._seen("pdf", path, self._says_file)
        if is_said is None:
            why = tell("cannot be read, perhaps for want of its password: look at it, or remove it")
            self._walked.found.append(FoundFile(name, "left", why=why))
        return bool(is_said)

    def _says_file(self, path: Path) -> bool | None:
        """The same of a PDF by itself; None where it cannot be read."""
        try:
            return self._says_pdf(bytes_of(path))
        except ValueError:
            return None

    def _lists(self, name: str) -> bool:
        """Whether a report lists people among whom one may be whose number is too short to be looked for."""
        return any(one.is_short for one in self.spellings.persons) and self.known.lists_people(name)

    def _says_pdf(self, data: bytes) -> bool:
        """Raises ValueError where the PDF cannot be read."""
        return any(map(self.spellings.may_stand_in, pdf_texts(data)))

    # ── records of what was written ──────────────────────────────────────────────────────────

    def _take_record(self, path: Path) -> None:
        """A record of files that were written: without those that go."""
        name, data = self._name(path), bytes_of(path)
        above = (one for one in path.parents if (one / MANIFEST).is_file())
        package = next(above, path.parent) if path.name == RUN_PACKAGE else path.parent
        gone = {
            PurePosixPath(one).relative_to(self._name(package)).as_posix()
            for one in self._walked.removed
            if package == self.workspace or one.startswith(f"{self._name(package)}/")
        }
        try:
            said = json.loads(data) if path.name == OWN and data.startswith(b"{") else None
            said = load(data) if path.name != OWN else said
        except ValueError:
            said = None
        new = data
        if isinstance(said, dict) and isinstance(said.get("files"), dict):
            files = {one: of for one, of in said["files"].items() if one not in gone}
            if len(files) < len(said["files"]):
                if path.name == OWN and not files:
                    self._walked.removed.add(name)
                    return
                now = {**said, "files": files}
                new = json_bytes(now) if path.name == OWN else _manifest(data, said, now, gone)
        if path.name == OWN and self._may_hold(new):
            with suppress(ValueError):
                new = documents.json_without(new, self.spellings)
        if new != data:
            self._walked.changed[name] = new


def _parts_in_pieces(data: bytes) -> list[bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [archive.read(one) for one in archive.namelist() if _IN_PIECES.search(one)]


def _is_signed(data: bytes) -> bool:
    """Whether an archive is an accreditation file: what is in it is listed, and mostly signed."""
    if not data.startswith(b"PK\x03\x04"):
        return False
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if DOSSIER not in archive.namelist():
            return False
        with suppress(ValueError):
            said = json.loads(archive.read(DOSSIER))
            return isinstance(said, dict) and said.get("kind") == KIND
    return False


def _manifest(data: bytes, was: object, now: object, gone: set[str]) -> bytes:
    if yaml_bytes(was) == data:
        return yaml_bytes(now)
    lines = data.decode().splitlines(keepends=True)
    return "".join(one for one in lines if one.strip().split(": ")[0].strip("'\"") not in gone).encode()


def _is_table(data: bytes) -> bool:
    head = data[:4000]
    return any(mark in head for mark in (b"\t", b",", b";", b"|"))


def _lines(was: bytes, now: bytes) -> tuple[str, ...]:
    """The lines in which two texts differ, at most three of them named."""
    if was.startswith((b"PK", MAGIC, b"\x1f\x8b")) or was.count(b"\n") != now.count(b"\n"):
        return ()
    pairs = zip(was.split(b"\n"), now.split(b"\n"), strict=True)
    numbers = [n for n, (one, other) in enumerate(pairs, 1) if one != other]
    shown = [tell("line {n}", n=n) for n in numbers[:3]]
    return (*shown, tell("{n:,} more", n=len(numbers) - 3)) if len(numbers) > 3 else tuple(shown)


def _picture_texts(path: Path) -> Iterator[str]:
    """What a picture says of itself: author, title, comment."""
    with suppress(OSError, ValueError, SyntaxError), Image.open(path) as picture:
        for said in (*picture.info.values(), *picture.getexif().values()):
            yield said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)


def pdf_texts(data: bytes) -> Iterator[str]:
    """The text of each page of a PDF, and what it says of itself. Raises ValueError where it cannot be
    read, MissingDependency without the library."""
    try:
        import pypdfium2
    except ImportError:
        raise MissingDependency(tell("reading a PDF needs a library: pip install 'examgen[scan]'")) from None
    try:
        with pypdfium2.PdfDocument(data) as document:
            yield "\n".join(document.get_metadata_dict().values())
            for number in range(len(document)):
                page = document[number]
                text = page.get_textpage()
                yield text.get_text_range()
                text.close()
                yield from words_of_annotations(page)
                page.close()
            for number in range(document.count_attachments()):
                attached = document.get_attachment(number)
                yield attached.get_name()
                with suppress(pypdfium2.PdfiumError):
                    yield bytes(attached.get_data()).decode("utf-8", "replace")
    except pypdfium2.PdfiumError as error:
        raise ValueError(str(error)) from error


def made_by(name: str) -> str:
    """The command that makes a file again that went."""
    parts = PurePosixPath(name).parts
    if "papers" in parts:
        return f"examgen render {'/'.join(parts[: parts.index('papers')])} --candidates LIST --replace"
    if REPORTS in parts:
        at = parts.index(REPORTS)
        run = next((part for part in parts[at:] if part.startswith("run-")), "")
        kind = parts[parts.index(run) + 1] if run and len(parts) > parts.index(run) + 2 else ""
        options = f" --run {int(run[4:8])}" if run[4:8].isdecimal() else ""
        options += f" --kind {kind}" if kind else ""
        return f"examgen report {'/'.join(parts[:at])}{options}"
    if EXPORTS in parts:
        at = parts.index(EXPORTS)
        return f"examgen export {'/'.join(parts[:at])} --format {parts[-2]} --replace"
    if name.endswith(".zip"):
        return f"examgen dossier EXAM --sign KEY --out {name}"
    if ANALYSIS in parts:
        return f"examgen analyse exam {'/'.join(parts[: parts.index(ANALYSIS)])}"
    if parts[-1].startswith("gallery"):
        return f"examgen scan gallery {'/'.join(parts[:-1])}"
    return ""
