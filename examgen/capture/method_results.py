"""A list of results of other assessment methods (bytes) → `MethodResult`s: an interview, a portfolio …

The unit may be left out if the exam has only one; points and percentages are read if they are given. Every
fault is collected with its line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import partial

from examgen.capture.cells import fold
from examgen.capture.decision_files import DATE_NAMES, day_cell
from examgen.capture.declared_columns import CANDIDATE, CellFault, Column, filled, open_declared
from examgen.capture.grader_decisions import clean_text
from examgen.core.candidate_numbers import canonical_number
from examgen.core.models.field_types import Method
from examgen.core.models.standard import METHODS, WRITTEN
from examgen.core.other_methods import MethodResult, Outcome
from examgen.core.problems import Problem, has_errors
from examgen.core.tables.records import Table, visible
from examgen.core.words import Message, either, joined, tell

_NUMBER = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,12})?")
RESULT_WORDS: Mapping[str, Outcome] = {
    **dict.fromkeys(("pass", "passed", "ผ่าน"), "pass"),
    **dict.fromkeys(("fail", "failed", "not passed", "ไม่ผ่าน"), "fail"),
    **dict.fromkeys(("absent", "ขาด", "ขาดสอบ", "ไม่มา"), "absent"),
}
_METHOD_WORDS: Mapping[str, Method] = {
    "สัมภาษณ์": "interview",
    "การสัมภาษณ์": "interview",
    "สอบสัมภาษณ์": "interview",
    "สอบปฏิบัติ": "practical",
    "แฟ้มสะสมผลงาน": "portfolio",
    "สังเกต": "observation",
    "สถานการณ์จำลอง": "simulation",
}


def _method(text: str) -> Method | None:
    plain = fold(text)
    by_code = {fold(code): code for code in METHODS}
    words = {code: tell(word) for code, word in METHODS.items()}
    by_word = {fold(text): code for code, word in words.items() for text in (word.en, word.th)}
    thai = {fold(word): code for word, code in _METHOD_WORDS.items()}
    return by_code.get(plain) or thai.get(plain) or by_word.get(plain)  # type: ignore[return-value]


def _other_method(cell: str) -> Method | CellFault:
    text = clean_text(cell)
    method = _method(text)
    if method is not None and method not in WRITTEN:
        return method
    known = either(one for one in METHODS if one not in WRITTEN)
    message = tell("`{method}` is not another assessment method. Write {known}", method=text, known=known)
    return CellFault("unknown-method", message)


def _result(cell: str) -> Outcome | CellFault:
    text = clean_text(cell)
    if result := RESULT_WORDS.get(fold(text)) or RESULT_WORDS.get(text.lower()):
        return result
    message = tell("`{word}` is not a result. Write pass, fail or absent (ผ่าน, ไม่ผ่าน, ขาด)", word=text)
    return CellFault("unknown-result", message)


_METHOD = Column("method", (("method",), ("วิธี", "วิธีประเมิน", "วิธีการประเมิน")), _other_method, True)
_RESULT = Column("result", (("result",), ("ผล", "ผลการประเมิน")), _result, True)
_ASSESSOR = Column(
    "assessor",
    (("assessor",), ("ผู้ประเมิน", "กรรมการ"), ("by",)),
    filled("no-assessor", tell("has no assessor. Write the name of the assessor")),
    True,
)
_UNIT = Column("unit", (("unit",), ("หน่วยสมรรถนะ", "รหัสหน่วยสมรรถนะ")))
_NUMBERS = (
    Column("points", (("points",), ("คะแนน", "score"))),
    Column("max_points", (("max_points",), ("คะแนนเต็ม",))),
    Column("percent", (("percent",), ("ร้อยละ", "%"))),
)


def is_method_list(table: Table) -> bool:
    """Return whether a table has the columns of a list of results, or most of them; missing ones are then
    reported.
    """
    n_columns = [column.is_in(table) for column in (_METHOD, _RESULT, _ASSESSOR)].count(True)
    # a column for each method is another layout, and no roster
    is_by_method = any(_method(fold(head)) not in (None, "other", *WRITTEN) for head in table.header.fields)
    return CANDIDATE.is_in(table) and (n_columns >= 2 or is_by_method)


def is_of_assessors(table: Table) -> bool:
    """Return whether a table names candidates and assessors, but no method: it then has points that assessors
    gave.
    """
    assessor = _ASSESSOR._replace(heads=_ASSESSOR.heads[:2])
    return CANDIDATE.is_in(table) and assessor.is_in(table) and not _METHOD.is_in(table)


def read_method_results(
    name: str,
    data: bytes,
    asked: Mapping[str, Sequence[Method]],
    as_listed: Callable[[str], str] = str,
    today: date | None = None,
    fault_of: Callable[[MethodResult], tuple[str, Message] | None] = lambda _: None,
) -> tuple[MethodResult, ...]:
    """Return the results of a list, in its order. `asked` has the other methods that the standard of each
    unit of the exam requires; `fault_of` returns code and message of any other fault of a result. Raises
    Refused with every fault and its line.
    """
    shown = visible(name)
    day = Column("date", DATE_NAMES, partial(day_cell, today), True)
    unit_of_exam = next(iter(asked)) if len(asked) == 1 else ""

    def unit_cell(cell: str) -> str | CellFault:
        unit = clean_text(cell) or unit_of_exam
        message = tell("write the unit: {units}", units=either(asked))
        return unit if unit in asked else CellFault("unknown-unit", message)

    unit_column = _UNIT._replace(read=unit_cell, is_needed=len(asked) != 1)
    columns = (CANDIDATE, unit_column, _METHOD, _RESULT, day, _ASSESSOR, *_NUMBERS)
    table = open_declared(name, data, columns, tell("{shown} is not a list of results", shown=shown))
    found: dict[tuple[str, str, Method], tuple[int, MethodResult]] = {}
    problems: list[Problem] = []
    for line in table.lines(problems):
        cells = line.values()
        unit, method = cells["unit"], cells["method"]
        if unit is not None and method is not None and method not in asked[unit]:
            message = tell(
                "the standard of {unit} does not require {method} at the level of this exam. It "
                "requires {asked}",
                unit=unit,
                method=tell(METHODS[method]),
                asked=joined(tell(METHODS[one]) for one in asked[unit])
                if asked[unit]
                else tell("only the written test"),
            )
            line.fault("method-not-asked", message, "method")
        if line.faults:
            continue
        candidate_id, points = cells["candidate_id"], cells["points"]
        one = MethodResult(
            *(as_listed(candidate_id), unit, method, cells["result"], str(cells["date"]), cells["assessor"]),
            points,
            _percent(points, cells["max_points"], cells["percent"]),
        )
        if (wrong := fault_of(one)) is not None:
            line.fault(*wrong, field="candidate_id")
            continue
        key = canonical_number(candidate_id), unit, method
        number, first = found.setdefault(key, (line.record.line, one))
        if first[3:] != one[3:]:
            message = tell(
                "{id} has a different result of {method} on line {line}. Keep the correct one",
                id=candidate_id,
                method=tell(METHODS[method]),
                line=number,
            )
            line.fault("result-twice", message)
    if not found and not problems:
        problems = [Problem(shown, "no-results", tell("has a header but no results below it"))]
    if problems:
        raise has_errors(shown, problems)
    return tuple(one for _, one in found.values())


def _percent(points: str, most: str, percent: str) -> Fraction | None:
    """Return the percentage: `points` of `most` if both are numbers, otherwise `percent` as written.

    None if neither is given, above 100, if `percent` is not a number, or if it differs by more than 1 from
    the computed percentage.
    """
    said, had, could = _number(percent.rstrip("% ")), _number(points), _number(most)
    found = 100 * had / could if had is not None and could else said
    if found is None or found > 100 or (percent and (said is None or abs(said - found) > 1)):
        return None
    return found


def _number(text: str) -> Fraction | None:
    return Fraction(text) if _NUMBER.fullmatch(text) else None
