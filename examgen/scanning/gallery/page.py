"""Doubts and their pictures → the gallery: one HTML file that contains everything it shows.

The records are embedded as JSON (`examgen-gallery`, version 1), separate from the page that shows them, and
the pictures as WebP in base64, each in an element of its own, so that only visible ones are
decoded. A content security policy allows only the script and the style of this page, by their hashes: no
address can be requested, and no text of a user can become markup.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from examgen import __version__
from examgen.core.files import read_input
from examgen.core.text.characters import LETTERS
from examgen.core.text.fonts import web_face
from examgen.scanning.gallery.crops import Crop, CropPicture
from examgen.scanning.gallery.in_doubt import ALL_ROWS, SHEET_LEAST, Ask, PageKey, ScanInDoubt
from examgen.scanning.gallery.page_texts import reason, words

SCHEMA, VERSION = "examgen-gallery", 1
_OPEN = ("several", "erased", "hidden", "beside")
"""Reasons for doubt for which nothing is suggested, because the darkest marks are wrong too often."""


def gallery_records(
    scan: ScanInDoubt,
    asked: Sequence[Ask],
    crops: Mapping[str, Crop],
    sheets: Mapping[PageKey, CropPicture],
) -> tuple[dict[str, Any], list[CropPicture]]:
    """Return the records of the gallery for JSON, and its pictures in the order in which they are shown.

    The records refer to a picture by its number, width and height.
    """
    pictures: list[CropPicture] = []

    def number(picture: CropPicture) -> tuple[int, int, int]:
        pictures.append(picture)
        return len(pictures) - 1, picture.width, picture.height

    placed = {one.doubt.code: number(crops[one.doubt.code].picture) for one in asked}
    keys = list(dict.fromkeys(one.doubt.page for one in asked))
    of_sheets = {key: number(sheets[key]) for key in keys if key in sheets}
    sources = list(dict.fromkeys(source for source, _ in keys))
    exams = [one.code for one in scan.exams]
    numbers = {key: n for n, key in enumerate(keys)}
    found: dict[str, list[dict[str, Any]]] = {"mark": [], "identity": []}
    for one in asked:
        doubt, page, crop = one.doubt, scan.pages[one.doubt.page], crops[one.doubt.code]
        # no decision is in it but of those that are to be settled
        record: dict[str, Any] = {
            "code": doubt.code,
            "read": doubt.read,
            "tasks": one.tasks,
            "not": one.not_by,
            "said": [{"by": each.by, "v": each.decided, "f": each.form} for each in one.said],
        }
        if doubt.kind == "mark":
            record |= {
                "question": doubt.question,
                "margin": round(doubt.margin, 4),
                "letters": doubt.n_options,
                "dark": [round(each, 3) for each in doubt.bubbles.darkness],
                "all": doubt.state == ALL_ROWS,
                "why": doubt.why,
                "likely": "" if doubt.why in _OPEN else doubt.likely,
                "case": doubt.case,
                "spots": crop.spots,
                "along": crop.along,
                "radius": crop.radius,
            }
        else:
            record |= {
                "candidate": page.candidate_id,
                "form": page.form,
                "reason": reason(doubt.state),
                "offers": page.offers,
            }
        found[doubt.kind].append(
            {
                **record,
                "page": numbers[doubt.page],
                "crop": placed[doubt.code],
                "middle": [round(share, 4) for share in crop.middle],
                "frame": crop.frame,
            }
        )
    records = {
        "schema": SCHEMA,
        "version": VERSION,
        "program": f"examgen {__version__}",
        "scan": scan.digest,
        "least": SHEET_LEAST,
        "exams": [
            {
                "code": one.code,
                "letters": [*zip(LETTERS, one.labels, strict=False)],
                "forms": one.forms,
                "file": one.file,
            }
            for one in scan.exams
        ],
        "sources": sources,
        "pages": [
            {
                "source": sources.index(key[0]),
                "page": key[1],
                "exam": exams.index(scan.pages[key].exam),
                "serial": scan.pages[key].serial,
                "sheet": of_sheets.get(key),
            }
            for key in keys
        ],
        "marks": found["mark"],
        "people": found["identity"],
    }
    return records, pictures


def write_page(
    records: Mapping[str, Any], pictures: Iterable[CropPicture], write: Callable[[bytes], object]
) -> None:
    """Write the page, piece by piece."""
    faces = (
        f"@font-face {{ font-family: Sarabun; font-weight: {weight}; "
        f'src: url("data:font/woff2;base64,{base64.b64encode(web_face(name, common=True)).decode()}") '
        'format("woff2") }'
        for name, weight in (("Regular", 400), ("Bold", 700))
    )
    style = _asset("page.css").replace("@@FACES@@", "\n".join(faces))
    script = _asset("page.js")
    said = words()
    parts = {
        "POLICY": (
            f"default-src 'none'; script-src {script_source()}; style-src {_source(style)}; "
            "img-src data:; font-src data:; base-uri 'none'; form-action 'none'; "
            "require-trusted-types-for 'script'; trusted-types 'none'"
        ),
        "TITLE": escape(said["title"]["th"]),
        "STYLE": style,
        "NOSCRIPT": "".join(
            f'<p lang="{lang}">{escape(text)}</p>' for lang, text in sorted(said["no_script"].items())
        ),
        "WORDS": _json(said),
        "RECORDS": _json(records),
        "SCRIPT": script,
    }

    def put(text: str) -> None:
        write(text.encode(errors="backslashreplace"))  # names of files may be not text

    before, after = _asset("page.html").split("@@PICTURES@@")
    # one after the other, so that nothing is put into what was put in before
    for text in before.split("@@"):
        put(parts.get(text, text))
    for n, picture in enumerate(pictures):
        text = base64.b64encode(picture.data).decode()
        put(f'<script type="text/plain" id="picture-{n}">{text}</script>\n')
    put(after)


def script_source() -> str:
    """Return the hash of the page's script in the notation of a content security policy."""
    return _source(_asset("page.js"))


def is_of_this_version(path: Path) -> bool:
    """Return whether a gallery uses the script of this version; if not, it must be written again."""
    with path.open("rb") as file:
        return script_source().encode() in file.read(2_000)


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _asset(name: str) -> str:
    return read_input(Path(__file__).with_name(name)).decode()


def _json(value: Any) -> str:
    """Return JSON that can be embedded in a script element: it can neither end the element nor begin a
    comment."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
