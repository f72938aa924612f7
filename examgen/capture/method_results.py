"""A list of results of other methods of assessment (bytes) → `MethodResult`s: an interview, a portfolio …

Columns `candidate_id, method, result, date, assessor`, in any order beside others; `unit` where the exam has
several, `points`, `max_points`, `percent` where they are known. Encodings, delimiters and workbooks are those
of answer files. Every fault is collected with its line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from fractions import Fraction

from examgen.capture.candidate_lists import LINE_FAULTS, id_faults
from examgen.capture.cells import fold, read_id
from examgen.capture.columns import CANDIDATE_NAMES, named_column
from examgen.capture.decision_files import DATE_NAMES, day_of
from examgen.capture.grader_decisions import clean_text
from examgen.capture.list_columns import recognised_list
from examgen.core.candidate_numbers import canonical_number
from examgen.core.models.base import Method
from examgen.core.models.standard import METHODS, WRITTEN
from examgen.core.other_methods import MethodResult, Outcome
from examgen.core.problems import Problem, Refused, has_errors
from examgen.core.tables.records import Table, visible
from examgen.core.words import Message, either, joined, tell

METHOD_NAMES = (("method",), ("วิธี", "วิธีประเมิน", "วิธีการประเมิน"))
RESULT_NAMES = (("result",), ("ผล", "ผลการประเมิน"))
ASSESSOR_NAMES = (("assessor",), ("ผู้ประเมิน", "กรรมการ"), ("by",))
UNIT_NAMES = (("unit",), ("หน่วยสมรรถนะ", "รหัสหน่วยสมรรถนะ"))
POINTS_NAMES = (("points",), ("คะแนน", "score"))
MOST_NAMES = (("max_points",), ("คะแนนเต็ม",))
PERCENT_NAMES = (("percent",), ("ร้อยละ", "%"))
_ROLES = {
    "method": METHOD_NAMES,
    "result": RESULT_NAMES,
    "date": DATE_NAMES,
    "assessor": ASSESSOR_NAMES,
    "unit": UNIT_NAMES,
    "points": POINTS_NAMES,
    "max_points": MOST_NAMES,
    "percent": PERCENT_NAMES,
}
_NUMBER = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,12})?")
_NEEDED = ("method", "result", "date", "assessor")
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


def is_method_list(table: Table) -> bool:
    """Whether a table has the columns of such a list, or most of them: what is missing is told then."""
    heads = [fold(cell) for cell in table.header.fields]

    def has(names: Sequence[Sequence[str]]) -> bool:
        return any(fold(name) in heads for tier in names for name in tier)

    n_own = [has(METHOD_NAMES), has(RESULT_NAMES), has(ASSESSOR_NAMES)].count(True)
    # a column for each method is another layout, and no roster
    is_by_method = any(_method(head) not in (None, "other", *WRITTEN) for head in heads)
    return has(CANDIDATE_NAMES) and (n_own >= 2 or is_by_method)


def is_of_assessors(table: Table) -> bool:
    """Whether a table names candidates and assessors, and no method: points that assessors gave."""
    heads = [fold(cell) for cell in table.header.fields]

    def has(names: Sequence[Sequence[str]]) -> bool:
        return any(fold(name) in heads for tier in names for name in tier)

    return has(CANDIDATE_NAMES) and has(ASSESSOR_NAMES[:2]) and not has(METHOD_NAMES)


def read_method_results(
    name: str,
    data: bytes,
    asked: Mapping[str, Sequence[Method]],
    as_listed: Callable[[str], str] = str,
    today: date | None = None,
    fault_of: Callable[[MethodResult], tuple[str, Message] | None] = lambda _: None,
) -> tuple[MethodResult, ...]:
    """The results of a list, in its order. `asked` has the other methods that the standard of each unit of
    the exam asks; `fault_of` gives code and message of what else is wrong with a result. Raises Refused with
    every fault and its line."""
    shown = visible(name)
    table, columns = recognised_list(shown, data)
    heads = [fold(cell) for cell in table.header.fields]
    source = f"{shown}:{table.header.line}"
    places = {role: named_column(heads, names, role, source) for role, names in _ROLES.items()}
    if lacking := [role for role in _NEEDED if places[role] is None]:
        message = tell("no column {names}. Add it", names=", ".join(f"`{role}`" for role in lacking))
        raise Refused(
            tell("{shown} is not a list of results", shown=shown),
            [Problem(source, "column-missing", message)],
        )
    found: list[MethodResult] = []
    problems: list[Problem] = []
    lines: dict[tuple[str, str, str], tuple[int, MethodResult]] = {}
    for record in table.body(len(heads)):
        where, faults = f"{shown}:{record.line}", list[tuple[str, Message, str]]()
        if record.fault or len(record.fields) != len(heads):
            said = LINE_FAULTS.get(record.fault or "", tell("has more or fewer fields than the header"))
            problems.append(Problem(where, (record.fault or "fields").replace("_", "-"), said))
            continue

        def cell(role: str) -> str:
            place = places[role]
            return "" if place is None else clean_text(record.fields[place])  # noqa: B023

        candidate_id = read_id(record.fields[columns.candidate])
        faults += [(code, said, "candidate_id") for code, said in id_faults(candidate_id, columns, None)]
        unit = cell("unit") or (next(iter(asked)) if len(asked) == 1 else "")
        if unit not in asked:
            said = tell("write the unit: {units}", units=either(asked))
            faults.append(("unknown-unit", said, "unit"))
        method = _method(cell("method"))
        if method is None or method in WRITTEN:
            known = either(one for one in METHODS if one not in WRITTEN)
            said = tell(
                "`{method}` is not another assessment method. Write {known}",
                method=cell("method"),
                known=known,
            )
            faults.append(("unknown-method", said, "method"))
        elif unit in asked and method not in asked[unit]:
            said = tell(
                "the standard of {unit} does not require {method} at the level of this exam. It "
                "requires {asked}",
                unit=unit,
                method=tell(METHODS[method]),
                asked=joined(tell(METHODS[one]) for one in asked[unit])
                if asked[unit]
                else tell("only the written test"),
            )
            faults.append(("method-not-asked", said, "method"))
        result = RESULT_WORDS.get(fold(cell("result"))) or RESULT_WORDS.get(cell("result").lower())
        if result is None:
            said = tell(
                "`{word}` is not a result. Write pass, fail or absent (ผ่าน, ไม่ผ่าน, ขาด)", word=cell("result")
            )
            faults.append(("unknown-result", said, "result"))
        day = day_of(cell("date"))
        if isinstance(day, Message):
            faults.append(("no-day", day, "date"))
        elif today is not None and day > today:
            faults.append(("day-to-come", tell("{day} is in the future", day=day.isoformat()), "date"))
        if not cell("assessor"):
            faults.append(
                ("no-assessor", tell("has no assessor. Write the name of the assessor"), "assessor")
            )
        if faults or method is None or result is None:
            problems += [Problem(where, code, said, field=role) for code, said, role in faults]
            continue
        one = MethodResult(
            *(as_listed(candidate_id), unit, method, result, str(day), cell("assessor"), cell("points")),
            _percent(cell("points"), cell("max_points"), cell("percent")),
        )
        if (wrong := fault_of(one)) is not None:
            problems.append(Problem(where, *wrong, field="candidate_id"))
            continue
        key = canonical_number(candidate_id), unit, method
        if key in lines and lines[key][1][3:] != one[3:]:
            said = tell(
                "{id} has a different result of {method} on line {line}. Keep the correct one",
                id=candidate_id,
                method=tell(METHODS[method]),
                line=lines[key][0],
            )
            problems.append(Problem(where, "result-twice", said))
        elif key not in lines:
            lines[key] = record.line, one
            found.append(one)
    if not found and not problems:
        problems = [Problem(shown, "no-results", tell("has a header but no results below it"))]
    if problems:
        raise has_errors(shown, problems)
    return tuple(found)


def _method(text: str) -> Method | None:
    plain = fold(text)
    by_code = {fold(code): code for code in METHODS}
    words = {code: tell(word) for code, word in METHODS.items()}
    by_word = {fold(text): code for code, word in words.items() for text in (word.en, word.th)}
    thai = {fold(word): code for word, code in _METHOD_WORDS.items()}
    return by_code.get(plain) or thai.get(plain) or by_word.get(plain)  # type: ignore[return-value]


def _percent(points: str, most: str, percent: str) -> Fraction | None:
    """Points as per cent of what could be had, by the two, else as written, which is rounded; None where
    nothing tells it, or where they tell it differently."""
    said, had, could = _number(percent.rstrip("% ")), _number(points), _number(most)
    found = 100 * had / could if had is not None and could else said
    if found is None or found > 100 or (percent and (said is None or abs(said - found) > 1)):
        return None
    return found


def _number(text: str) -> Fraction | None:
    return Fraction(text) if _NUMBER.fullmatch(text) else None
