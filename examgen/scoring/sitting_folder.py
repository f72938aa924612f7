"""The folder of a sitting: the files that `score` takes, as people gave them and decided on them.

    output/<exam>/sitting/      in the package of the exam, for its owner alone
      answers/                  answer files, as they were given
      scans/1/ scans/2/ …       folders that `scan` wrote
      reading.json              encoding, delimiter and sheet; what becomes of unreadable rows, of unknown ids
      columns.yaml              which column is what, matched by hand
      roster.csv                who was registered, where, and who came
      identities.csv marks.csv  decisions on rows that were set aside
      corrections.yaml          corrections of the key
      methods/                  results of other methods of assessment, as they were given
      moderation/               points on which assessors were far apart, as somebody decided them
      returns/                  what centres sent back: attendance, incidents, accommodation, packets
      cut.yaml scaled.yaml      cut scores and a conversion that came after the exam was built
      papers.yaml               settings of the papers in place of the blueprint's, before there are answers
      proposed/<id>/            corrections that are only proposed, and who would move by them
      cases/A1/ cases/C1/ …     evidence and letters of appeals and complaints, for each its own folder
      record.jsonl              what came in and what was taken back, by whom and why
      earlier/                  what gave way

`examgen take` and the pages of the site put files here, `examgen score` scores all of them; `papers.yaml` is
for `examgen render --papers`.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from examgen.capture.grader_decisions import shown_names
from examgen.core.changes import changing, steady
from examgen.core.exam.bindings import exam_sha256
from examgen.core.exam.manifest import manifest_bytes, manifest_of
from examgen.core.exam.names import RESULTS, SITTING
from examgen.core.exam.releases import all_releases
from examgen.core.exam.runs import newest_run
from examgen.core.files import PRIVATE_FOLDER, read_input, sha256
from examgen.core.person_decisions import PersonDecision
from examgen.core.problems import Refused
from examgen.core.words import tell
from examgen.scoring.options import READING_OPTIONS, ScoringOptions
from examgen.scoring.sitting_record import (
    ANSWERS,
    MODERATION,
    NOT_FILES,
    RESPONSES,
    RETURNS,
    REVIEW,
    SCANS,
    SittingAct,
    checked_acts,
    decisions_of,
    read_acts,
)

PROPOSED = "proposed"
READING, COLUMNS, ROSTER = "reading.json", "columns.yaml", "roster.csv"
IDENTITIES, MARKS, CORRECTIONS = "identities.csv", "marks.csv", "corrections.yaml"
CUT, SCALED = "cut.yaml", "scaled.yaml"
PAPERS_SETTINGS = "papers.yaml"
MOST_NAME = 120
"""Characters of the name of an answer file."""
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069/\\]")


@lru_cache(maxsize=8)
def _built(exam: Path, manifest: bytes) -> str:
    """The fingerprint of an exam by its manifest, which every decision on its rows asks for."""
    return exam_sha256(manifest_of(exam, manifest))


def mark(shown: bytes | str) -> str:
    """By which a page knows what it showed."""
    data = shown if isinstance(shown, bytes) else shown.encode("utf-8", "surrogatepass")
    return sha256(data)[:16]


CHANGED = "changed-meanwhile"
"""Code of the refusal of what would take the place of something that was not seen."""


class SittingChanged(Refused):
    """What is to be replaced is not what the page showed to who replaces it."""

    def __init__(self) -> None:
        super().__init__(tell("the record has changed since you opened the page. Check it, then continue"))


class Sitting(NamedTuple):
    """A sitting: the package of its exam, and the folder of what was given and decided."""

    exam: Path
    place: Path
    built: str | None = None
    """The fingerprint of the exam, where it is to be that one still when something changes."""

    def path(self, name: str) -> Path:
        """A file of the folder."""
        return self.place / name

    def given(self, name: str) -> Path | None:
        """The same where it is there."""
        path = self.place / name
        return path if path.is_file() else None

    def state(self, name: str) -> str:
        """What tells whether a file is as a page showed it; empty where it is not there."""
        path = self.given(name)
        return "" if path is None else mark(read_input(path))

    def check_seen(self, name: str, seen: str, data: bytes | None = None) -> None:
        """Refuses to go on where a file is in another state than the one that was seen, and holds other data
        than what is to take its place."""
        if self.state(name) not in (seen, "" if data is None else mark(data)):
            raise SittingChanged

    @property
    def answers(self) -> list[Path]:
        """All answer files, those of scans last."""
        folder = self.place / ANSWERS
        found = sorted(children(folder))
        return [*found, *(path / RESPONSES for path in self.scans if (path / RESPONSES).is_file())]

    @property
    def moderations(self) -> list[Path]:
        """The lists of moderated points."""
        return sorted(children(self.place / MODERATION))

    @property
    def returns(self) -> list[Path]:
        """What centres sent back."""
        return sorted(children(self.place / RETURNS))

    @property
    def scans(self) -> list[Path]:
        """Folders of scans, in the order in which they were begun."""
        found = [path for path in children(self.place / SCANS) if path.name.isdecimal()]
        return sorted(found, key=lambda path: int(path.name))

    @property
    def reading(self) -> dict[str, str | None]:
        """What was said of all answer files together, by the options of `score`; None where nothing was."""
        path = self.given(READING)
        said = json.loads(read_input(path)) if path is not None else {}
        return {name: said.get(name) for name in READING_OPTIONS}

    def options(self, **asked: Any) -> ScoringOptions:
        """What a scoring is asked for: the files of the sitting, and what is asked of this one scoring."""
        # decisions of the worklist hold over those of galleries: a later one of a gallery has taken its place
        places = (self.place, *(scan / REVIEW for scan in self.scans))
        files = {
            "roster": self.given(ROSTER),
            "identities": [path for place in places if (path := place / IDENTITIES).is_file()],
            "marks": [path for place in places if (path := place / MARKS).is_file()],
            "corrections": self.given(CORRECTIONS),
            "moderation": self.moderations,
            "scaled": self.given(SCALED),
            "cut": self.given(CUT),
            "columns": self.given(COLUMNS),
            "with_paths_from": self.exam,
            "first_holds": True,
        }
        return ScoringOptions.model_validate({**files, **self.reading, **asked})

    @contextmanager
    def changing(self) -> Iterator[None]:
        """The folder, made where it is not there, and nobody else's to change meanwhile. Raises Refused where
        another exam has taken the place of the one that this was the sitting of."""
        self.place.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        with changing(self.place):
            if self.built is not None and _built(self.exam, manifest_bytes(self.exam)) != self.built:
                raise Refused(
                    tell(
                        "{exam} has been built again, and the exam that you saw was set aside. "
                        "Check it, and give this file to the exam that it belongs to",
                        exam=self.exam.name,
                    )
                )
            yield

    @contextmanager
    def changing_answers(self) -> Iterator[None]:
        """The same, where answers or scans go or are put in the place of others: nobody scores meanwhile."""
        with self.changing(), changing_answers(self.place):
            yield

    @contextmanager
    def scoring(self) -> Iterator[Callable[[], None]]:
        """The folder while it is scored: no answers go meanwhile, and until what is given is called, nothing
        else changes either."""
        with ExitStack() as all_of_it, ExitStack() as others:
            others.enter_context(steady(self.place))
            for part in (ANSWERS, SCANS):
                all_of_it.enter_context(steady(self.place / part))
            yield others.close

    @property
    def is_kept(self) -> bool:
        """Whether anything was given that is to be scored: decisions on persons, and cases, change nothing of
        what a scoring reads."""
        others = NOT_FILES | {"case-file"}
        return bool(self.answers) or any(one.kind not in others for one in read_acts(self.place))

    def acts(self, *, files: bool = True) -> tuple[SittingAct, ...]:
        """The record, once all that was taken is seen to be there as it was taken; Refused else. Where files
        play no part, they need not be read."""
        newest, releases = newest_run(self.exam / RESULTS), all_releases(self.exam / RESULTS)
        rest_on = [*([] if newest is None else [newest.audit]), *(one.said for one in releases)]
        return checked_acts(self.place, rest_on, files=files)

    def decisions(self) -> tuple[PersonDecision, ...]:
        """The decisions on persons, in their order."""
        return decisions_of(self.acts(files=False))


@contextmanager
def changing_answers(place: Path) -> Iterator[None]:
    """The answers and scans in the folder of a sitting that the caller holds: nobody scores meanwhile."""
    with ExitStack() as parts:
        for part in (ANSWERS, SCANS):
            parts.enter_context(changing(place / part))
        yield


def sitting_of(exam: Path) -> Sitting:
    """The sitting of an exam by the folder of its package."""
    return Sitting(exam, exam / SITTING)


def children(folder: Path) -> list[Path]:
    """What lies in a folder, hidden files left out."""
    return [path for path in folder.iterdir() if not path.name.startswith(".")] if folder.is_dir() else []


def plain_name(name: str) -> str:
    """A name of a file as it may stand in a folder: without folders, nor what cannot be seen."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    plain = _UNSEEN.sub("", last).strip().lstrip(".")
    if len(plain.encode()) > MOST_NAME * 3 // 2:
        stem, dot, end = plain.rpartition(".")
        end = dot + end if dot and len(end) <= 8 else ""
        stem = (stem if end else plain).encode()[:MOST_NAME].decode("utf-8", "ignore")
        plain = stem + end
    return plain or "answers"


def file_shown(paths: Sequence[Path]) -> dict[str, str]:
    """By the name that results of these answer files show of each, the one that decisions are to name it by:
    it stays the same whatever files are given later."""
    stable = (
        f"{path.parent.name}/{path.name}" if path.parent.parent.name == SCANS else path.name for path in paths
    )
    return dict(zip(shown_names(paths), stable, strict=True))
