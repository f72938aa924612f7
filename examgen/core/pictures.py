"""Finds the file of an image in a media folder, by its name in an item, and checks whether it can be printed.

PNG, JPEG, GIF, WebP and SVG can be printed. A truncated or damaged file would silently print as a black or
empty box, so every picture is read completely here before it is used.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path, PurePosixPath

from PIL import Image, ImageFile, UnidentifiedImageError

from examgen.core.drawings import drawing_fault
from examgen.core.files import read_input
from examgen.core.problems import Refused, system_words
from examgen.core.words import Message, tell

MOST_MEGAPIXELS = 80
"""More than any printer shows of a page; Pillow's own warning starts a little above it."""
MOST_MEGABYTES = 50
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
_RASTER = (".png", ".jpg", ".jpeg", ".gif", ".webp")


class UnreadablePicture(Refused):
    """A picture file that exists and cannot be printed."""


def find(name: str, folders: Sequence[Path]) -> Path | None:
    """Returns the file of an image, `plan.png` or `../media/plan.png`, in the first folder that contains it.

    None if no folder contains it. Raises Refused if the name leads out of the media folder.
    """
    path = PurePosixPath(name.removeprefix("../media/").removeprefix("media/"))
    if any(sign in name for sign in ":\\\0") or path.is_absolute() or ".." in path.parts or not path.parts:
        raise Refused.because(
            "image {name!r} is not in the media folder. Write the name of a file "
            "there, for example plan.png.",
            name=name,
        )
    for folder in folders:
        try:
            found = (folder / path).resolve()
            is_file = found.is_file()
        except (OSError, RuntimeError):  # a name too long, links in a circle
            continue
        if is_file:
            if not found.is_relative_to(folder.resolve()):
                raise Refused.because(
                    "image {name!r} leads outside the media folder. Put the file into the folder.", name=name
                )
            return found
    return None


def fault(path: Path, name: str) -> Message | None:
    """Returns the reason why the picture at `path` cannot be printed; None if it can. `name` is its name in
    the item.

    A file is not read again until it changes.
    """
    try:
        stat = path.stat()
        reason = _fault(path, stat.st_size, stat.st_mtime_ns)
    except OSError as error:
        reason = tell("cannot be read: {strerror}", strerror=system_words(error))
    return tell("image {name!r} {reason}", name=name, reason=reason) if reason else None


@lru_cache(maxsize=20_000)
def _fault(path: Path, n_bytes: int, changed_ns: int) -> str | None:
    """Returns the reason without the name. The size and time of change distinguish versions of a file in the
    cache."""
    return _fault_of(lambda: read_input(path), path.suffix.lower(), n_bytes)


def fault_of_bytes(data: bytes, name: str) -> Message | None:
    """Returns the reason why a picture that is not yet a file cannot be printed; None if it can. `name` is
    its future file name."""
    reason = _fault_of(lambda: data, PurePosixPath(name).suffix.lower(), len(data))
    return tell("image {name!r} {reason}", name=name, reason=reason) if reason else None


def _fault_of(read: Callable[[], bytes], kind: str, n_bytes: int) -> str | None:
    if kind not in (".svg", *_RASTER):
        return tell("cannot be printed. Use a PNG, JPEG, GIF, WebP or SVG with the matching file ending.")
    if n_bytes == 0:
        return tell("is empty. Put the picture there again.")
    if n_bytes > MOST_MEGABYTES * 1_000_000:
        return tell(
            "is {n_bytes:,.0f} MB. Use a picture of at most {most_megabytes}.",
            n_bytes=n_bytes / 1000000.0,
            most_megabytes=MOST_MEGABYTES,
        )
    data = read()
    return drawing_fault(data) if kind == ".svg" else _raster_fault(data)


def _raster_fault(data: bytes) -> str | None:
    @contextmanager
    def opened() -> Iterator[Image.Image]:
        # Pillow refuses what is cut short, which WeasyPrint has it let pass from its import on
        lenient, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, False
        try:
            with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
                yield image
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = lenient

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of metadata, which is not printed
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with opened() as image:
                megapixels = image.width * image.height / 1e6
                if megapixels > MOST_MEGAPIXELS:
                    return tell(
                        "has {megapixels:,.0f} megapixels. Use at most {most_megapixels}.",
                        megapixels=megapixels,
                        most_megapixels=MOST_MEGAPIXELS,
                    )
                image.verify()  # the checksums of a PNG; nothing can be read after it
            with opened() as image:
                image.draft(
                    "L", (image.width // 8, image.height // 8)
                )  # a JPEG is read whole and drawn small
                image.load()
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        return tell(
            "has too many pixels. Use at most {most_megapixels} megapixels.",
            most_megapixels=MOST_MEGAPIXELS,
        )
    except UnidentifiedImageError:
        return tell("is not a PNG, JPEG, GIF or WebP, or is damaged. Export it again.")
    except Exception:  # the decoders raise whatever they stumble on: OSError, SyntaxError, struct.error, …
        return tell("is damaged or incomplete. Export or copy it again.")
    return None
