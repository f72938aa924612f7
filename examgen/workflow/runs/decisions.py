"""What people have decided after a sitting, as files: who a row is, what a mark is, what the key is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from examgen.capture.overlays import NO_OVERLAYS, Overlays, shown_names
from examgen.exam.asked import Asked
from examgen.exam.places import places_record
from examgen.problems import Refused
from examgen.scoring.corrections import correction_places, read_corrections
from examgen.words import tell
from examgen.workflow.files import read_document, read_files

if TYPE_CHECKING:
    from examgen.models.decisions import ScaledFile
    from examgen.models.scoring import Correction


class Records(NamedTuple):
    """Decisions on rows, corrections of the key, and how points become scaled scores (None: as the blueprint
    says); and the files that say so."""

    overlays: Overlays = NO_OVERLAYS
    corrections: Sequence[Correction] = ()
    scaled: ScaledFile | None = None
    files: tuple[Path, ...] = ()


def read_records(
    asked: Asked,
    answers: Sequence[Path],
    identities: Sequence[Path],
    marks: Sequence[Path],
    corrections: Path | None,
    scaled: Path | None = None,
) -> Records:
    """The decisions of files; raises Refused with what is wrong with any of them."""
    overlays = NO_OVERLAYS
    if identities or marks:
        from examgen.capture.overlay_files import Sitting, read_overlays

        forms = dict.fromkeys([*asked.forms["form"], *asked.dealt.get("serial", ())])
        questions = max(map(int, asked.forms["question"]))
        sitting = Sitting(shown_names(answers), list(forms), questions)
        overlays = read_overlays(read_files(identities), read_files(marks), sitting)
    made: Sequence[Correction] = ()
    if corrections is not None:
        made = read_corrections(read_document(corrections, "the corrections"))
    named = (*identities, *marks, *(path for path in (corrections, scaled) if path is not None))
    return Records(overlays, made, _scaled(scaled) if scaled is not None else None, tuple(named))


def corrections_on_record(audit: Mapping[str, Any]) -> tuple[Correction, ...]:
    """The corrections of the key by which a run was scored, as its audit has them."""
    from examgen.models.scoring import Correction

    said = enumerate(audit.get("corrections") or (), 1)
    return tuple(
        Correction.model_validate(as_written(one)).at(f"audit.json, correction {n}") for n, one in said
    )


def as_written(said: Mapping[str, Any]) -> dict[str, Any]:
    """A correction of an audit as it was written, without the places where it holds."""
    entry = {name: value for name, value in said.items() if name != PLACES}
    if PLACES not in said and "form" in said:
        entry["only_here"] = True  # no other was known to an examgen that told no places
    return entry


PLACES = "places"
"""Field of a correction in an audit: where it holds."""


def correction_record(corrections: Sequence[Correction], asked: Asked) -> list[dict[str, Any]]:
    """Corrections as an audit has them: as they were written, and every place where they hold."""
    places = correction_places(corrections, asked.forms)
    return [
        {**one.model_dump(mode="json", exclude_none=True), PLACES: places_record(where)}
        for one, where in zip(corrections, places, strict=True)
    ]


def _scaled(path: Path) -> ScaledFile:
    """A conversion that came after the exam was built, as an equating gives it."""
    from examgen.models.decisions import ScaledFile
    from examgen.yamlfile import validate

    document = read_document(path, "the conversion")
    found, problems = validate(document, [], document.data, ScaledFile)
    if found is None:
        raise Refused(tell("the conversion cannot be read"), problems)
    return found
