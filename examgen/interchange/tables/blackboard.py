"""Text files of Blackboard → questions: one on each line, tabs between its fields, no headings.

References
----------
Blackboard Help, "Upload Questions": file format guidelines.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from examgen.core.words import tell
from examgen.interchange import markup, weights
from examgen.interchange.questions import Choice, Kind, Question, QuestionFile, RefusedQuestion
from examgen.interchange.tables.columns import QuestionRow

_BLACKBOARD = frozenset(
    (
        "MC", "MA", "TF", "ESS", "ORD", "MAT", "FIB", "FIB_PLUS", "FIL", "NUM", "SR", "OP",
        "JUMBLED_SENTENCE", "QUIZ_BOWL",
    )
)  # fmt: skip
_KINDS: dict[str, Kind] = {"MC": "single", "MA": "multiple", "TF": "truefalse"}


def is_blackboard(rows: Sequence[QuestionRow]) -> bool:
    """Whether the rows are those of a Blackboard file: no headings, and the kind of question first."""
    filled = [row for row in rows if any(cell.strip() for cell in row.cells)]
    return bool(filled) and all(row.cells[0].strip().lstrip("\ufeff") in _BLACKBOARD for row in filled)


def read_blackboard(rows: Iterable[QuestionRow], name: str, reading: QuestionFile) -> None:
    """Reads the rows of a Blackboard file into `reading`; kinds other than `MC`, `MA`, `TF` are refused."""
    for row in rows:
        cells = [cell.strip() for cell in row.cells]
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        source = f"{name}:{row.line}"
        kind, stem, *rest = [*cells, ""] if len(cells) == 1 else cells
        said = [one.casefold() for one in rest]
        pairs: list[tuple[str, bool]] = []
        reason = None
        if kind not in _KINDS:
            reason = tell("is a question of the type {kind}, not multiple choice", kind=kind)
        elif kind == "TF" and said in (["true"], ["false"]):
            pairs = [(word, word.casefold() == said[0]) for word in ("True", "False")]
        elif kind != "TF" and len(rest) % 2 == 0 and set(said[1::2]) <= {"correct", "incorrect"}:
            pairs = [(text, one == "correct") for text, one in zip(rest[::2], said[1::2], strict=True)]
            n = sum(right for _, right in pairs)
            if kind == "MC" and n > 1:
                reason = tell("is of one answer, and its key names {n} options", n=n)
        else:
            reason = tell("its answers are not pairs of a text and `correct` or `incorrect`")
        if reason is not None:
            reading.set_aside.append(RefusedQuestion(source, kind, reason, markup.shortened(stem)))
            continue
        question = Question(
            id=source,
            source=source,
            kind=_KINDS[kind],
            stem=markup.from_html(stem),
            choices=tuple(Choice(markup.from_html(text, None, "lines"), right) for text, right in pairs),
        )
        reading.questions.append(weights.with_concerns(question))
