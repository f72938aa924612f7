"""Bytes → files, whole or not at all: written under a temporary name, then renamed.

Whatever fails leaves what was there before, and nothing else.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from examgen.problems import WrongUsage

if TYPE_CHECKING:
    import polars as pl

_OF_THE_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EFBIG, errno.EACCES, errno.EPERM}

SECRET_FOLDER = "secure"
"""Files anywhere below a folder of this name are readable by their owner alone."""


def write_file(path: Path, data: bytes) -> None:
    """One file."""
    write_files({path: data})


def write_files(files: Mapping[Path, bytes]) -> None:
    """Several files in their order; renamed only when all of them are written."""
    made: list[Path] = []
    staged: dict[Path, Path] = {}
    try:
        for path, data in files.items():
            _may_write(path)
            made += _make_folders(path.parent)
            with naming(path, str(path.parent / _prefix(path))):
                staged[path] = _stage(path, data)
        for path, temporary in staged.items():
            with naming(path, str(temporary)):
                temporary.replace(path)
    except BaseException:
        for temporary in staged.values():
            temporary.unlink(missing_ok=True)
        for folder in reversed(made):
            with suppress(OSError):
                folder.rmdir()
        raise


@contextmanager
def naming(path: Path, temporary: str) -> Iterator[None]:
    """Errors of the disk name that path, not what stands beside it under a name that begins so, nor
    nothing at all."""
    try:
        yield
    except OSError as error:
        name = str(error.filename or "")
        if error.errno in _OF_THE_DISK and (not name or name.startswith(temporary)):
            error.filename, error.filename2 = str(path), None
        raise


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write bit by bit, which takes the place of `path` where all went well."""
    _may_write(path)
    made = _make_folders(path.parent)
    temporary = _stage(path, b"")
    try:
        with temporary.open("wb", buffering=1 << 18) as file:
            yield file
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        for folder in reversed(made):
            with suppress(OSError):
                folder.rmdir()
        raise


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A folder to fill, which takes the place of `folder` where all went well."""
    if folder.is_symlink():
        raise WrongUsage(f"{folder} is a link: name the folder itself")
    if folder.exists() and not folder.is_dir():
        raise WrongUsage(f"{folder} is a file: name a folder")
    made = _make_folders(folder.parent)
    with naming(folder, str(folder.parent / f".{folder.name}-")):
        staged = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            staged.chmod(0o755)
            yield staged
            _take_place(staged, folder)
        except BaseException:
            shutil.rmtree(staged, ignore_errors=True)
            for parent in reversed(made):
                with suppress(OSError):
                    parent.rmdir()
            raise


OWN = ".examgen"
"""Stands in folders that may be replaced whole, since nothing but our own is in them."""


@contextmanager
def own_folder(folder: Path) -> Iterator[Path]:
    """A folder to fill, mode 0700, which takes the place only of an empty one or of one made so before.

    Raises WrongUsage for a folder that holds anything else.
    """
    if folder.is_dir() and any(folder.iterdir()) and not (folder / OWN).is_file():
        raise WrongUsage(f"{folder} holds other files: name a new or an empty folder")
    with new_folder(folder) as made:
        made.chmod(0o700)
        (made / OWN).write_text("examgen may replace this folder as a whole: keep nothing else in it\n")
        yield made


def _take_place(staged: Path, folder: Path) -> None:
    if not folder.exists():
        staged.rename(folder)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
    folder.rename(old / folder.name)
    try:
        staged.rename(folder)
    except OSError:
        (old / folder.name).rename(folder)
        old.rmdir()
        raise
    shutil.rmtree(old)


def _may_write(path: Path) -> None:
    if path.is_dir():
        raise WrongUsage(f"{path} is a folder: name a file")
    if path.exists() and not path.is_file():
        raise WrongUsage(f"{path} is a device, not a file: name a file")


def _make_folders(folder: Path) -> list[Path]:
    """Makes the folder and those above it; returns the new ones, the outermost first."""
    if folder.exists():
        if not folder.is_dir():
            raise WrongUsage(f"{folder} is a file, not a folder")
        return []
    above = _make_folders(folder.parent)
    folder.mkdir(exist_ok=True)
    return [*above, folder]


def _prefix(path: Path) -> str:
    return f".{path.name[:40]}-"


def _stage(path: Path, data: bytes) -> Path:
    handle, name = tempfile.mkstemp(prefix=_prefix(path), dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        temporary.chmod(0o600 if SECRET_FOLDER in path.parent.parts else 0o644)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def check_regular(path: Path) -> None:
    """Raises OSError where a path is a pipe or a device: reading it may never end."""
    kind = path.stat().st_mode
    if not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
        raise OSError(errno.EINVAL, "it is a pipe or a device: save what it gives as a file", str(path))


def sha256(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def sha256_of(path: Path) -> str:
    """SHA-256 of a file of any size, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def json_bytes(data: Any) -> bytes:
    """JSON with Thai as is, fields in the order given."""
    # names of files may be no text: what stands for their bytes is escaped, as JSON can
    return (json.dumps(data, ensure_ascii=False, indent=2) + "\n").encode(errors="backslashreplace")


def yaml_bytes(data: Any) -> bytes:
    """YAML with Thai as is, fields in the order given, a text on one line."""
    import yaml

    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=10_000).encode()


_FORMULA = r"^[=+\-@\t\r]"
"""Text that a spreadsheet would run."""


def csv_bytes(table: pl.DataFrame, numbers: Collection[str] = ()) -> bytes:
    """CSV as UTF-8 with BOM; text that a spreadsheet would run as a formula is led by an apostrophe.

    `numbers` are columns whose texts are numbers of our own, no formula when they are less than 0.
    """
    import polars as pl

    neutral = table.with_columns(
        pl.when(pl.col(name).str.contains(_FORMULA))
        .then("'" + pl.col(name))
        .otherwise(pl.col(name))
        .alias(name)
        for name, kind in table.schema.items()
        if kind == pl.String and name not in numbers
    )
    heads: list[str] = []
    for name in table.columns:
        head = f"'{name}" if re.match(_FORMULA, name) else name
        while head != name and head in (*heads, *table.columns):
            head = f"'{head}"
        heads.append(head)
    neutral.columns = heads
    return neutral.write_csv(include_bom=True).encode()


def csv_cells(texts: Iterable[str]) -> str:
    """Texts as neighbouring cells of a line, as `csv_bytes` writes them."""
    return ",".join(_csv_cell(f"'{text}" if re.match(_FORMULA, text) else text) for text in texts)


def _csv_cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if text == "" or re.search('[",\r\n]', text) else text


def read_csv(path: Path, schema: Mapping[str, Any]) -> pl.DataFrame:
    """A table that `csv_bytes` wrote: its columns of the schema, then others as text."""
    import polars as pl

    table = pl.read_csv(path, infer_schema=False)
    table = table.with_columns(without_apostrophe(pl.col(pl.String).fill_null("")))
    return table.with_columns(pl.col(name).cast(kind) for name, kind in schema.items())


def without_apostrophe(text: pl.Expr) -> pl.Expr:
    """Cells as they were before `csv_bytes` led those by an apostrophe that a spreadsheet would run."""
    import polars as pl

    return pl.when(text.str.contains(_FORMULA.replace("^", "^'"))).then(text.str.slice(1)).otherwise(text)
