"""The name and the logo of the certification body: the checked logo that `examgen.yaml` names, and the
setting of both without other changes to that file.
"""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import Any

from examgen.bank.rewriting import with_values
from examgen.bank.settings import SETTINGS_FILE, body_words
from examgen.core.drawings import SVG, read_drawing
from examgen.core.files import read_input, write_files
from examgen.core.models.field_types import Bilingual
from examgen.core.models.sitting import LOGO_KINDS, BodyWords
from examgen.core.pictures import fault, fault_of_bytes
from examgen.core.problems import Problem, Refused
from examgen.core.words import Message, tell
from examgen.core.yamlfile import parse, validate

MOST_MEGABYTES = 1
"""The maximum size of a logo, which is embedded in every HTML page and every file of papers."""
_PNG = b"\x89PNG\r\n\x1a\n"


def logo_of(workspace: Path, named: Bilingual | None = None) -> Path | None:
    """Return the file of the logo; None if the workspace has none, or the page names a different body.

    Raises Refused if the file does not exist, is outside the workspace or cannot be used.
    """
    words = body_words(workspace)
    if words.logo is None or (named is not None and words.name not in (None, named)):
        return None
    path = (workspace / words.logo).resolve()
    if not path.is_relative_to(workspace.resolve()):
        raise _unfit(tell("leads outside the workspace. Put the file into the workspace."))
    if not path.is_file():
        raise _unfit(tell("does not exist. Put the file into the workspace, or remove the line."))
    size = path.stat().st_size
    if (
        reason := _too_large(size)
        or fault(path, words.logo)
        or _not_for_browsers(path.suffix, read_input(path))
    ):
        raise _unfit(reason)
    return path


def set_body(
    workspace: Path,
    name: Bilingual | None,
    verify: str | None,
    logo: tuple[str, bytes] | None,
    removes: bool,
) -> None:
    """Write the name and the address of the page for checking results to `examgen.yaml`, and save a new logo
    (name and bytes) beside it or remove the logo.

    Raises Refused if the logo cannot be printed or the file cannot be edited.
    """
    path = workspace / SETTINGS_FILE
    text = read_input(path).decode("utf-8-sig") if path.is_file() else ""
    values: dict[str, Any] = {"name": None if name is None else name.model_dump(), "verify": verify}
    files: dict[Path, bytes] = {}
    if logo is not None:
        values["logo"] = kept = f"logo{PurePath(logo[0]).suffix.lower()}"
        if reason := _logo_fault(*logo):
            raise Refused(reason)
        files[workspace / kept] = logo[1]
    elif removes:
        values["logo"] = None
    changed = with_values(text, SETTINGS_FILE, "reports", values)
    document, problems = parse(changed, SETTINGS_FILE)
    said = (document.data or {}).get("reports", {}) if not problems else {}
    found, faults = validate(document, ["reports"], said, BodyWords)
    if found is None or problems or faults:
        raise Refused.because("nothing was written", [*problems, *faults])
    if changed != text:
        files[path] = changed.encode()
    write_files(files, shared=True)


def _logo_fault(name: str, data: bytes) -> Message | None:
    """Return why a picture that is not yet a file cannot be the logo; None if it can."""
    suffix = PurePath(name).suffix.lower()
    if suffix not in LOGO_KINDS:
        return tell("{name} is not a logo. Use a file that ends in .png or .svg.", name=name)
    reason = _too_large(len(data)) or fault_of_bytes(data, name) or _not_for_browsers(suffix, data)
    return None if reason is None else tell("{name}: {message}", name=name, message=reason)


def _too_large(n_bytes: int) -> Message | None:
    if n_bytes <= MOST_MEGABYTES * 1_000_000:
        return None
    return tell(
        "is {n:,.1f} MB. Use a logo of at most {most}, because every page contains it.",
        n=n_bytes / 1e6,
        most=MOST_MEGABYTES,
    )


def _not_for_browsers(suffix: str, data: bytes) -> Message | None:
    """Return why a picture that prints would look different in a browser; None if it would not."""
    if suffix.lower() == ".png":
        return None if data.startswith(_PNG) else tell("is named .png but is not a PNG. Save it as PNG.")
    if any(one.tag == f"{SVG}text" for one in read_drawing(data).iter()):
        return tell("contains text, which browsers may show in another font. Convert the text to paths.")
    return None


def _unfit(reason: Message) -> Refused:
    problem = Problem(SETTINGS_FILE, "logo-unfit", reason, field="reports.logo")
    return Refused.because("the body's logo cannot be used", [problem])
