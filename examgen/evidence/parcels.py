"""Files on the way between body, printer, centre and grader: sealed for those who may open them, and opened.

A parcel is a file of age (age-encryption.org/v1) around a tar archive, so `age -d` and `tar -x` open it, too:

    parcel.json         every file with its size and SHA-256, and which of its folders are exam packages
    parcel.json.sig     the body's Ed25519 signature of parcel.json, where a key was named
    EXAM/exam.yaml …    the files, under the name of the folder or file that was sealed

age encrypts for X25519 keys with ChaCha20-Poly1305, and refuses a file that was cut short. It does not say
who sealed it: anybody can who has the public key. That is what the signature is for. Sealing writes nothing
in plain text to the disk; opening leaves it there only when the whole of the parcel held.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO, NamedTuple

from examgen import __version__
from examgen.core.changes import change, make_folders
from examgen.core.exam.manifest import check_files, read_manifest, without_sheets
from examgen.core.exam.names import MANIFEST, SECURE, leads_outside
from examgen.core.files import Progress, quiet
from examgen.core.problems import MissingDependency, Problem, Refused, WrongUsage
from examgen.core.storage import (
    PRIVATE,
    PRIVATE_FOLDER,
    json_bytes,
    naming,
    new_file,
    read_input,
    same_but_for_case,
    sha256_of,
    write_file,
)
from examgen.core.words import option, tell

if TYPE_CHECKING:
    from examgen.core.signing.detached import SigningKey
    from examgen.core.signing.keys import PublicKey

try:
    import pyrage
except ImportError:
    raise MissingDependency(tell("sealing needs a library: pip install 'examgen[sealing]'")) from None

LIST, SIGNATURE = "parcel.json", "parcel.json.sig"
KIND = "examgen parcel"
_VERSION = 1
_MOST_LIST = 256 << 20
_SECRET = "AGE-SECRET-KEY-"
_AT_ONCE = 1 << 20


# ── keys ─────────────────────────────────────────────────────────────────────────────────────


class ParcelKey(NamedTuple):
    """The file of a private key; the public one that goes with it, as a text and as a file to hand out."""

    private: Path
    public: str
    file: Path


def make_key(private: Path) -> ParcelKey:
    """A new pair: the private key as a file that its owner alone may read, and beside it the public one.
    Raises WrongUsage where a file of either name is there."""
    shown = private.with_suffix(".public.txt")
    if shown.exists():
        raise WrongUsage(tell("{path} is there already: name another file", path=shown))
    made = pyrage.x25519.Identity.generate()
    public = str(made.to_public())
    day = datetime.now(UTC).replace(microsecond=0).isoformat()
    try:
        handle = os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    except FileExistsError:
        raise WrongUsage(tell("{path} is there already: name another file", path=private)) from None
    with naming(private, str(private)), open(handle, "w") as file:
        file.write(f"# created: {day}\n# public key: {public}\n{made}\n")
    write_file(shown, f"{public}\n".encode(), shared=True)
    return ParcelKey(private, public, shown)


def _recipients(named: Sequence[str]) -> list[pyrage.x25519.Recipient]:
    """Public keys, as texts `age1…` or files with such lines."""
    found, problems = list[pyrage.x25519.Recipient](), list[Problem]()
    for one in named:
        path = Path(one)
        is_file = not one.startswith("age1") and path.is_file()
        lines = read_input(path, 1).decode("utf-8-sig", "replace").splitlines() if is_file else [one]
        for number, line in enumerate(lines, 1):
            text = line.strip()
            if not text or text.startswith("#"):
                continue
            try:
                found.append(pyrage.x25519.Recipient.from_str(text))
            except pyrage.RecipientError:
                where = f"{path.name}:{number}" if is_file else one[:80]
                wrong = (
                    tell("is a private key: hand out the public one alone, age1…")
                    if text.startswith(_SECRET)
                    else tell("is neither a public key, age1…, nor a file of such keys")
                )
                problems.append(Problem(where, "not-a-public-key", wrong))
    if problems:
        raise Refused(tell("nothing was sealed"), problems)
    if not found:
        raise WrongUsage(tell("say who may open it: {to}", to=option("to", "age1…")))
    return found


def _identities(path: Path) -> list[pyrage.x25519.Identity]:
    found = []
    for line in read_input(path, 1).decode("utf-8-sig", "replace").splitlines():
        if line.strip().startswith(_SECRET):
            try:
                found.append(pyrage.x25519.Identity.from_str(line.strip()))
            except pyrage.IdentityError:
                raise Refused(tell("{path} is damaged: it holds no whole private key", path=path)) from None
    if not found:
        raise Refused(tell("{path} holds no private key: one begins with {begin}…", path=path, begin=_SECRET))
    return found


# ── sealing ──────────────────────────────────────────────────────────────────────────────────


class ParcelFile(NamedTuple):
    """A file of a parcel: its path there, its size and its SHA-256."""

    path: str
    size: int
    sha256: str


class Parcel(NamedTuple):
    """A parcel: its files, the exam packages among its folders, whether it holds keys of items, who signed
    it, and for how many keys it was sealed or into which folder it was opened."""

    path: Path
    files: tuple[ParcelFile, ...]
    exams: tuple[str, ...]
    body: str = ""
    key_id: str = ""
    n_recipients: int = 0
    into: Path | None = None

    @property
    def has_keys(self) -> bool:
        """Whether any of it may be read by those alone who may see keys."""
        return any(f"/{SECURE}/" in f"/{one.path}" for one in self.files)

    @property
    def n_bytes(self) -> int:
        """Of all its files."""
        return sum(one.size for one in self.files)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        said = {"parcel": str(self.path), "exams": list(self.exams), "has_keys": self.has_keys}
        said |= {"signed_by": self.body or None, "key": self.key_id or None}
        if self.into is not None:
            said["into"] = str(self.into)
        else:
            said["recipients"] = self.n_recipients
        return said | {"files": [one._asdict() for one in self.files]}


def seal(
    paths: Sequence[Path],
    out: Path,
    to: Sequence[str],
    key: SigningKey | None = None,
    progress: Progress = quiet,
) -> Parcel:
    """Writes a parcel of files and folders, for whoever holds a private key of those named.

    Raises Refused where something is no file or folder, two have one name, or an exam package among them is
    not as it was written; WrongUsage where the parcel cannot be written there.
    """
    recipients = _recipients(to)
    if out.is_dir() or not out.parent.is_dir():
        raise WrongUsage(tell("{path} cannot be written: name a file in a folder that is there", path=out))
    if other := same_but_for_case(out):
        raise WrongUsage(
            tell("{other} is there already and differs by case alone: name another", other=other)
        )
    if out.exists():
        raise WrongUsage(tell("{path} is there already: name another file", path=out))
    found, exams = _gathered(paths)
    files = []
    for path, place in found:
        files.append(ParcelFile(path, place.stat().st_size, sha256_of(place)))
    said = {"kind": KIND, "version": _VERSION, "examgen": __version__, "exams": exams}
    written = json_bytes({**said, "files": [one._asdict() for one in files]})
    heads = [(LIST, written)]
    if key is not None:
        from examgen.core.signing.detached import signature_of

        heads.append((SIGNATURE, signature_of(key, written, LIST)))

    def pack(target: IO[bytes]) -> None:
        with tarfile.open(fileobj=target, mode="w|", format=tarfile.PAX_FORMAT) as archive:
            for name, data in heads:
                archive.addfile(_entry(name, len(data)), io.BytesIO(data))
            folder = ""
            for one, (_, place) in zip(files, found, strict=True):
                if folder != (folder := one.path.rpartition("/")[0]):
                    progress(tell("sealing {path}", path=folder))
                with place.open("rb") as source:
                    reader = _Digest(source)
                    archive.addfile(_entry(one.path, one.size), reader)
                    if reader.digest.hexdigest() != one.sha256 or source.read(1):
                        raise Refused(tell("{path} was changed while it was sealed: try again", path=place))

    with new_file(out) as file, _from_thread(pack) as plain:
        pyrage.encrypt_io(plain, file, recipients)
    body, key_id = (key.body, key.key_id) if key is not None else ("", "")
    return Parcel(out, tuple(files), tuple(exams), body, key_id, len(recipients))


def _gathered(paths: Sequence[Path]) -> tuple[list[tuple[str, Path]], list[str]]:
    """The files by their path in the parcel, in order, and the folders that are exam packages."""
    found, problems, exams = dict[str, Path](), list[Problem](), list[str]()
    for given in paths:
        whole = given.resolve()
        if whole.name.startswith("."):
            message = tell("has a name that begins with a dot, as work of programs has: rename it")
            problems.append(Problem(str(given), "dot-name", message))
        elif whole.name in (LIST, SIGNATURE):
            problems.append(Problem(str(given), "name-taken", tell("has the name of a parcel's own file")))
        elif any(path == whole.name or path.startswith(f"{whole.name}/") for path in found):
            problems.append(
                Problem(str(given), "named-twice", tell("has the name of another: one is enough"))
            )
        elif whole.is_file():
            found[whole.name] = whole
        elif whole.is_dir():
            if (whole / MANIFEST).is_file():
                said = read_manifest(whole)["files"]
                there = {path: digest for path, digest in said.items() if (whole / path).is_file()}
                check_files(whole, without_sheets(said) | there)  # sheets may lie elsewhere
                exams.append(whole.name)
            for place in sorted(whole.rglob("*")):
                parts = place.relative_to(whole).parts
                if any(part.startswith(".") for part in parts):
                    continue  # work of programs, of examgen among them
                if place.is_symlink() or not (place.is_dir() or place.is_file()):
                    problems.append(Problem(str(place), "not-a-file", tell("is a link or no file")))
                elif place.is_file():
                    found["/".join((whole.name, *parts))] = place
        else:
            problems.append(Problem(str(given), "file-missing", tell("is missing")))
    if problems:
        raise Refused(tell("nothing was sealed"), problems)
    if not found:
        raise WrongUsage(tell("there is no file in what was named: nothing was sealed"))
    return list(found.items()), exams


def _entry(name: str, size: int) -> tarfile.TarInfo:
    one = tarfile.TarInfo(name)
    one.size, one.mode = size, PRIVATE
    return one


class _Digest:
    """Reads through, and adds up what was read."""

    def __init__(self, source: IO[bytes]) -> None:
        self.source, self.digest = source, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self.source.read(size)
        self.digest.update(data)
        return data


# ── opening ──────────────────────────────────────────────────────────────────────────────────


def open_parcel(
    path: Path,
    private: Path,
    into: Path,
    signers: Sequence[Path] = (),
    progress: Progress = quiet,
) -> Parcel:
    """Opens a parcel into a folder, whole or not at all; nothing there is replaced.

    With `signers`, the files of public keys of bodies that are trusted, one of them must have signed it.
    Raises Refused where the key does not open it, it is damaged, or is not what it says.
    """
    identities = _identities(private)
    known = _public_keys(signers)
    if into.exists() and not into.is_dir():
        raise WrongUsage(tell("{folder} is a file: name a folder", folder=into))

    def decrypt(target: IO[bytes]) -> None:
        with path.open("rb") as source:
            try:
                pyrage.decrypt_io(source, target, identities)
            except (pyrage.DecryptError, OSError) as error:  # OSError: of a part in the middle
                raise _not_opened(path, private, error) from None

    with change(into, PRIVATE_FOLDER) as one, _from_thread(decrypt) as plain:
        try:
            found = _unpacked(path, plain, into, one.new, known, progress)
        except (tarfile.TarError, EOFError) as error:
            raise _damaged(path, str(error)) from error
    return found


def _public_keys(signers: Sequence[Path]) -> list[PublicKey]:
    if not signers:
        return []
    from examgen.core.signing.keys import read_public

    return [read_public(one) for one in signers]


def _unpacked(
    path: Path,
    plain: BinaryIO,
    into: Path,
    new: Callable[[Path], Path],
    known: Sequence[PublicKey],
    progress: Progress,
) -> Parcel:
    with tarfile.open(fileobj=plain, mode="r|") as archive:
        members = iter(archive)
        written = _head(path, archive, next(members, None), LIST, _MOST_LIST)
        said, files = _listed(path, written)
        body = key_id = ""
        member = next(members, None)
        if member is not None and member.name == SIGNATURE:
            signature = _head(path, archive, member, SIGNATURE, 1 << 16)
            member = next(members, None)
            if known:
                from examgen.core.signing.detached import signer_of

                signer = signer_of(path.name, LIST, written, signature, known)
                body, key_id = signer.body, signer.key_id
        if known and not body:
            raise Refused(tell("{path} is not signed: anybody may have sealed it", path=path))
        places = dict[str, Path]()
        for top in dict.fromkeys(one.path.partition("/")[0] for one in files):
            if (into / top).exists() or same_but_for_case(into / top):
                raise Refused(
                    tell("{path} is there already: open the parcel into another folder", path=into / top)
                )
            places[top] = new(into / top)
        folder = ""
        for one in files:
            if member is None or member.name != one.path or not member.isreg() or member.size != one.size:
                raise _damaged(path, one.path)
            if folder != (folder := one.path.rpartition("/")[0]):
                progress(tell("opening {path}", path=folder))
            top, _, rest = one.path.partition("/")
            _copied(path, archive, member, places[top] / rest if rest else places[top], one.sha256)
            member = next(members, None)
        if member is not None:
            raise _damaged(path, member.name)
    exams = tuple(str(name) for name in said.get("exams") or ())
    return Parcel(path, files, exams, body, key_id, into=into)


def _head(
    path: Path, archive: tarfile.TarFile, member: tarfile.TarInfo | None, name: str, most: int
) -> bytes:
    file = archive.extractfile(member) if member is not None and member.isreg() else None
    if member is None or file is None or member.name != name or member.size > most:
        raise Refused(tell("{path} is no parcel: it does not begin with {name}", path=path, name=name))
    return file.read()


def _listed(path: Path, written: bytes) -> tuple[dict[str, Any], tuple[ParcelFile, ...]]:
    """What the list of a parcel says; raises Refused where it is none, or names a path outside."""
    try:
        said = json.loads(written)
        files = tuple(
            ParcelFile(str(one["path"]), int(one["size"]), str(one["sha256"])) for one in said["files"]
        )
        kind, version = said["kind"], said["version"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise _damaged(path, LIST) from None
    if kind != KIND or version != _VERSION:
        raise Refused(
            tell(
                "{path} is a parcel of another version, {version}; this examgen reads {own}",
                path=path,
                version=str(version)[:20],
                own=_VERSION,
            )
        )
    names = [one.path.casefold() for one in files]
    for one in files:
        parts = one.path.split("/")
        # a name with a dot may be taken for unfinished work of examgen, which the next command completes
        is_work = any(part.startswith(".") for part in parts)
        if leads_outside(one.path) or "\\" in one.path or not all(parts) or is_work:
            raise _damaged(path, one.path)
    if not files or len(set(names)) < len(names):
        raise _damaged(path, LIST)
    return said, files


def _copied(path: Path, archive: tarfile.TarFile, member: tarfile.TarInfo, place: Path, sha256: str) -> None:
    source = archive.extractfile(member)
    if source is None:
        raise _damaged(path, member.name)
    make_folders(place.parent, PRIVATE_FOLDER)
    digest = hashlib.sha256()
    handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    with open(handle, "wb") as file:
        while data := source.read(_AT_ONCE):
            digest.update(data)
            file.write(data)
    if digest.hexdigest() != sha256:
        raise _damaged(path, member.name)


def _not_opened(path: Path, private: Path, error: Exception) -> Refused:
    return Refused(
        tell(
            "{path} cannot be opened with the key of {private}: it was sealed for others, or is damaged "
            "({error})",
            path=path,
            private=private,
            error=str(error),
        )
    )


def _damaged(path: Path, what: str) -> Refused:
    message = tell("{path} is not as it was sealed, at {what}: nothing was opened", path=path, what=what)
    return Refused(message, [Problem(path.name, "parcel-damaged", message)])


@contextmanager
def _from_thread(write: Callable[[IO[bytes]], None]) -> Iterator[BinaryIO]:
    """What `write` writes in a thread, to be read here; what it raises is raised here, before anything else
    that its end brought about."""
    reading, writing = os.pipe()
    failed: list[BaseException] = []

    def run() -> None:
        with suppress(BrokenPipeError), open(writing, "wb", _AT_ONCE) as target:
            try:
                write(target)
            except BaseException as error:
                failed.append(error)  # before the reader sees the end

    thread = threading.Thread(target=run, daemon=True)
    with open(reading, "rb", _AT_ONCE) as source:
        thread.start()
        try:
            yield source
        except Exception as error:
            first = failed[:]
            source.close()
            thread.join()
            if first:
                raise first[0] from error
            raise
        while source.read(_AT_ONCE):
            pass  # what comes last may be what is wrong
    thread.join()
    if failed:
        raise failed[0]
