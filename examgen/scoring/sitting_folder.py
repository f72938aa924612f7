"""The folder of a sitting: the files that `score` reads, as people added them, and their decisions.

    output/<exam>/sitting/      in the package of the exam, for its owner alone
      answers/                  answer files, as they were added
      scans/1/ scans/2/ …       folders that `scan` wrote
      reading.json              encoding, delimiter and sheet; treatment of unreadable rows and unknown ids
      columns.yaml              assignment of columns, made by hand
      roster.csv                registered candidates, their places, and attendance
      identities.csv marks.csv  decisions on rows that were set aside
      corrections.yaml          corrections of the key
      methods/                  results of other assessment methods, as they were added
      moderation/               points decided where assessors were far apart
      returns/                  what centres sent back: attendance, incidents, accommodation, packets
      cut.yaml scaled.yaml      cut scores and a conversion that came after the exam was built
      papers.yaml               settings of the papers that replace those of the blueprint, before any answers
      proposed/<id>/            corrections that are only proposed, and whose results they would change
      cases/A1/ cases/C1/ …     evidence and letters of appeals and complaints, a folder for each
      record.jsonl              what was added and removed, by whom and why
      earlier/                  files that were replaced

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
"""The most characters of the name of an answer file."""
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069/\\]")


@lru_cache(maxsize=8)
def _built(exam: Path, manifest: bytes) -> str:
    """Return the fingerprint of an exam by its manifest; cached, because every decision on its rows
    needs it.
    """
    return exam_sha256(manifest_of(exam, manifest))


def mark(shown: bytes | str) -> str:
    """Return a mark by which a page recognises what it showed."""
    data = shown if isinstance(shown, bytes) else shown.encode("utf-8", "surrogatepass")
    return sha256(data)[:16]


CHANGED = "changed-meanwhile"
"""The problem code of a refusal to replace something that the user has not seen."""


class SittingChanged(Refused):
    """Raised if what is to be replaced is not what the page showed to the user."""

    def __init__(self) -> None:
        super().__init__(tell("the record has changed since you opened the page. Check it, then continue"))


class Sitting(NamedTuple):
    """A sitting: the package of its exam, and the folder of its files and decisions."""

    exam: Path
    place: Path
    built: str | None = None
    """The fingerprint that the exam must still have when something changes; None to accept any."""

    def path(self, name: str) -> Path:
        """Return the path of a file in the folder; the file need not exist."""
        return self.place / name

    def given(self, name: str) -> Path | None:
        """Return the path of a file in the folder; None if there is no such file."""
        path = self.place / name
        return path if path.is_file() else None

    def state(self, name: str) -> str:
        """Return a mark of the content of a file, to compare with what a page showed; empty if there is no
        file.
        """
        path = self.given(name)
        return "" if path is None else mark(read_input(path))

    def check_seen(self, name: str, seen: str, data: bytes | None = None) -> None:
        """Raise SittingChanged if a file is not in the state that was seen, unless it already holds the data
        that are to replace it.
        """
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
        """The files that centres sent back."""
        return sorted(children(self.place / RETURNS))

    @property
    def scans(self) -> list[Path]:
        """The folders of scans, in the order in which they were started."""
        found = [path for path in children(self.place / SCANS) if path.name.isdecimal()]
        return sorted(found, key=lambda path: int(path.name))

    @property
    def reading(self) -> dict[str, str | None]:
        """The settings for reading all answer files, by option of `score`; None for those that were
        not set.
        """
        path = self.given(READING)
        said = json.loads(read_input(path)) if path is not None else {}
        return {name: said.get(name) for name in READING_OPTIONS}

    def options(self, **asked: Any) -> ScoringOptions:
        """Return the options of a scoring: the files of the sitting, and what is requested of this
        scoring.
        """
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
        """Create the folder if needed, and lock it against changes by others. Raises Refused if the exam of
        this sitting was replaced by another.
        """
        self.place.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        with changing(self.place):
            if self.built is not None and _built(self.exam, manifest_bytes(self.exam)) != self.built:
                raise Refused.because(
                    "{exam} has been built again, and the exam that you saw was set aside. "
                    "Check it, and give this file to the exam that it belongs to",
                    exam=self.exam.name,
                )
            yield

    @contextmanager
    def changing_answers(self) -> Iterator[None]:
        """Lock the folder as `changing` does, and against scoring, while answers or scans are removed or
        replaced.
        """
        with self.changing(), changing_answers(self.place):
            yield

    @contextmanager
    def scoring(self) -> Iterator[Callable[[], None]]:
        """Lock the folder while it is scored: no answers are removed meanwhile, and nothing else changes
        until the yielded function is called.
        """
        with ExitStack() as all_of_it, ExitStack() as others:
            others.enter_context(steady(self.place))
            for part in (ANSWERS, SCANS):
                all_of_it.enter_context(steady(self.place / part))
            yield others.close

    @property
    def is_kept(self) -> bool:
        """Whether anything was added that is to be scored; decisions on persons and cases do not affect what
        a scoring reads.
        """
        others = NOT_FILES | {"case-file"}
        return bool(self.answers) or any(one.kind not in others for one in read_acts(self.place))

    def acts(self, *, files: bool = True) -> tuple[SittingAct, ...]:
        """Return the record, after checking that everything that was added is still unchanged; raises Refused
        otherwise. With `files=False` the files are not read.
        """
        newest, releases = newest_run(self.exam / RESULTS), all_releases(self.exam / RESULTS)
        rest_on = [*([] if newest is None else [newest.audit]), *(one.said for one in releases)]
        return checked_acts(self.place, rest_on, files=files)

    def decisions(self) -> tuple[PersonDecision, ...]:
        """Return the decisions on persons, in order."""
        return decisions_of(self.acts(files=False))


@contextmanager
def changing_answers(place: Path) -> Iterator[None]:
    """Lock the answers and scans against scoring, in the folder of a sitting that the caller has locked."""
    with ExitStack() as parts:
        for part in (ANSWERS, SCANS):
            parts.enter_context(changing(place / part))
        yield


def sitting_of(exam: Path) -> Sitting:
    """Return the sitting of an exam, given the folder of its package."""
    return Sitting(exam, exam / SITTING)


def children(folder: Path) -> list[Path]:
    """Return the paths in a folder, without hidden files."""
    return [path for path in folder.iterdir() if not path.name.startswith(".")] if folder.is_dir() else []


def plain_name(name: str) -> str:
    """Return a file name that is safe in a folder: without folders and invisible characters."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    plain = _UNSEEN.sub("", last).strip().lstrip(".")
    if len(plain.encode()) > MOST_NAME * 3 // 2:
        stem, dot, end = plain.rpartition(".")
        end = dot + end if dot and len(end) <= 8 else ""
        stem = (stem if end else plain).encode()[:MOST_NAME].decode("utf-8", "ignore")
        plain = stem + end
    return plain or "answers"


def file_shown(paths: Sequence[Path]) -> dict[str, str]:
    """Return, for each name that results of these answer files show, the name that decisions are to use: it
    stays the same whatever files are added later.
    """
    stable = (
        f"{path.parent.name}/{path.name}" if path.parent.parent.name == SCANS else path.name for path in paths
    )
    return dict(zip(shown_names(paths), stable, strict=True))
