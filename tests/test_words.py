"""Messages: one sentence in two languages, and the catalogues that hold its Thai."""

from __future__ import annotations

import io
import json
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import get_type_hints

import pytest

from examgen.commands import main
from examgen.core import words
from examgen.core.catalogue import translations
from examgen.core.files import yaml_bytes
from examgen.core.problems import ExamgenError, Problem
from examgen.core.words import (
    PLACEHOLDERS,
    Message,
    as_typed,
    command,
    either,
    in_language,
    joined,
    listed,
    option,
    tell,
    tell_n,
)
from examgen.stats.irt_models import Note
from examgen.stats.results import Note as Sentence

THAI = {
    "{path} is not a file": "{path} ไม่ใช่ไฟล์", "{n:,} row of {what}": "{what} {n:,} แถว",
    "answers": "คำตอบ", "{most} and {last}": "{most} และ {last}", "{most} or {last}": "{most} หรือ {last}",
    "; ": " ", "NAME": "ชื่อ", "FILE": "ไฟล์",
}  # fmt: skip


OWN = words._catalogues
"""What the package's own catalogues are read by; in most tests here `THAI` stands in their place."""


@pytest.fixture(autouse=True)
def thai(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "_catalogues", lambda: THAI)


def test_a_message_is_its_english_and_knows_its_thai() -> None:
    said = tell("{path} is not a file", path=Path("a/b.csv"))
    assert said == "a/b.csv is not a file" == said.en == in_language(said, "en")
    assert said.th == "a/b.csv ไม่ใช่ไฟล์" == in_language(said, "th")
    assert {said: 1}["a/b.csv is not a file"] == 1
    assert yaml_bytes({"said": said}) == b"said: a/b.csv is not a file\n"
    assert json.dumps({"said": said}) == '{"said": "a/b.csv is not a file"}'
    assert type(said.en) is type(in_language(said, "en")) is str


def test_values_that_are_messages_are_told_in_the_language_of_their_sentence() -> None:
    said = tell_n("{n:,} row of {what}", "{n:,} rows of {what}", 1200, what=tell("answers"))
    assert (said.en, said.th) == ("1,200 rows of answers", "คำตอบ 1,200 แถว")
    one = tell_n("{n:,} row of {what}", "{n:,} rows of {what}", 1, what="A|B")
    assert (one.en, one.th) == ("1 row of A|B", "A|B 1 แถว")


def test_what_has_no_thai_is_told_in_english() -> None:
    assert tell("no such unit: {unit}", unit="A{1}").th == "no such unit: A{1}"
    assert in_language("plain {text}", "th") == "plain {text}"


def test_values_alone_are_told_in_either_language_without_a_catalogue() -> None:
    said = tell("{what}: {n:,} ({path})", what=tell("answers"), n=1200, path="a")
    assert (said.en, said.th) == ("answers: 1,200 (a)", "คำตอบ: 1,200 (a)")


def test_what_is_rounded_to_nought_has_no_sign() -> None:
    said = tell(
        "{r:.2f} {s:.2f} {t:+.1f} {u:.0e} {what}", r=-0.004, s=-0.006, t=-0.0, u=-1e-9, what=tell("answers")
    )
    assert (said.en, said.th) == ("0.00 -0.01 0.0 -1e-09 answers", "0.00 -0.01 0.0 -1e-09 คำตอบ")


def test_lists_are_messages() -> None:
    parts = [tell("answers"), "B", "C"]
    assert (listed(parts).en, listed(parts).th) == ("answers, B and C", "คำตอบ, B และ C")
    assert (either(parts).en, either(parts).th) == ("answers, B or C", "คำตอบ, B หรือ C")
    assert (listed(parts[:1]).en, listed(parts[:1]).th) == ("answers", "คำตอบ")
    assert joined(parts, tell("; ")).th == "คำตอบ B C"


def test_what_is_typed_has_placeholders_of_the_language() -> None:
    said = as_typed("examgen take ./NAME/x FILE… --by NAME --out FILE.csv A|FILE [FILE]... --filename=NAME")
    assert said.en == str(said)
    assert said.th == "examgen take ./NAME/x ไฟล์… --by ชื่อ --out ไฟล์.csv A|ไฟล์ [ไฟล์]... --filename=NAME"
    assert (
        tell("{a} {b}", a=option("by", "NAME"), b=command("take", "X FILE")).th
        == "--by ชื่อ `examgen take X ไฟล์`"
    )


@pytest.mark.parametrize(
    "said",
    [
        as_typed("--by NAME"),
        tell("{path} is not a file", path=Path("a")),
        tell_n("{n:,} row of {what}", "{n:,} rows of {what}", 2, what=tell("answers")),
        joined([tell("answers"), "B"], tell("; ")),
        tell("{path} is not a file", path=OSError("no")),
    ],
    ids=str,
)
def test_a_message_comes_back_whole_from_another_process(said: Message) -> None:
    again = pickle.loads(pickle.dumps(said))
    assert type(again) is type(said)
    assert (again, again.th) == (said, said.th)


def test_a_problem_is_told_in_either_language() -> None:
    fault = Problem("x.csv:3", "no-file", tell("{path} is not a file", path="y"), heading=tell("answers"))
    assert str(fault) == fault.told("en") == "x.csv:3: answers: y is not a file [no-file]"
    assert fault.told("th") == "x.csv:3: คำตอบ: y ไม่ใช่ไฟล์ [no-file]"


# ── the catalogues ───────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def script(root: Path) -> ModuleType:
    loader = SourceFileLoader("words_script", str(root / "scripts" / "words"))
    spec = spec_from_loader("words_script", loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_catalogues_have_the_messages_of_the_code_and_their_values(script: ModuleType) -> None:
    assert [*script.check(), *script.missing([])] == []


def test_thai_has_no_english_placeholder() -> None:
    tokens = re.compile(r"[\s|,\[.…`\]]+")
    assert not [thai for thai in OWN().values() if PLACEHOLDERS & set(tokens.split(thai))]


def test_the_catalogues_are_read_as_babel_reads_them() -> None:
    """The package reads its own by itself, those of a workspace by Babel."""
    read = [one for path in words.THAI.glob("*.po") for one in translations(path)]
    assert len(read) > 5000
    assert OWN() == {one.english: one.thai for one in read if one.thai}


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ('tell(f"{path} is no file")', "an f-string"),
        ('tell("a " + "b {n}", n=1)', "a sum"),
        ('tell("{path} is not a file")', r"asks for \['path'\], the call gives \[\]"),
        ('tell("not a file", path=1)', r"asks for \[\], the call gives \['path'\]"),
        ('tell_n("{n} row", "{n} rows of {m}", 2)', r"asks for \['m', 'n'\], the call gives \['n'\]"),
    ],
)
def test_faulty_messages_are_named(
    script: ModuleType, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, fault: str
) -> None:
    monkeypatch.setattr(script, "ROOT", tmp_path)
    (tmp_path / "one.py").write_text(f"from examgen.core.words import tell, tell_n\n{code}\n")
    [told] = script.written(tmp_path / "one.py")
    with pytest.raises(AssertionError, match=fault):
        raise AssertionError(told)


@pytest.mark.parametrize(
    ("template", "fault"),
    [
        ('{{ tell("{path} is not a file") }}', r"asks for \['path'\], the call gives \[\]"),
        ('{% if tell("a file", path=1) %}{% endif %}', r"asks for \[\], the call gives \['path'\]"),
        ('{{ tell_n("{n} row", "{n} rows of {m}", 2) }}', r"asks for \['m', 'n'\], the call gives \['n'\]"),
        ('{{ tell("a " ~ b) }}', "a message is written out"),
    ],
)
def test_faulty_messages_of_templates_are_named(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, template: str, fault: str
) -> None:
    monkeypatch.setattr(script, "ROOT", tmp_path)
    (tmp_path / "one.html").write_text(template)
    [told] = script.written_in_template(tmp_path / "one.html")
    with pytest.raises(AssertionError, match=fault):
        raise AssertionError(told)


def test_what_users_are_told_is_typed_as_a_message() -> None:
    """So that mypy, which `make lint` runs, finds every sentence that is outside the catalogues."""
    for told in (Problem, ExamgenError.__init__):
        assert get_type_hints(told)["message"] is Message, told
    assert get_type_hints(Note)["message"] is Sentence


READ_NOT_TOLD = {
    "bank/rules/patterns.py": "what items say that rules look for",
    "bank/rules/option_references.py": "how texts refer to options",
    "bank/rules/explanations.py": "how explanations begin, and what is polite",
    "bank/workbook/columns.py": "the headings that an import reads, and what people write in their place",
    "bank/workbook/values.py": "what people type into cells",
    "interchange/question_context.py": "how instructions and lost pictures or texts are named",
    "interchange/line_kinds.py": "how people say which option is right, why, where from, and what questions share",
    "interchange/typed/cutting.py": "how they begin a list, and a question without a number",
    "interchange/typed/answer_keys.py": "how people mark keys",
    "interchange/typed/lines.py": "how they number questions and letter options",
    "interchange/typed/reading.py": "the same",
    "interchange/word.py": "the same, and how Word counts in Thai",
    "interchange/tables/columns.py": "headings of other people's spreadsheets",
    "interchange/tables/rows.py": "how they write kinds and keys",
    "assembly/editions/units.py": "headings that a page of a unit must have, in the refusal of one without them",
    "bank/reviews/forms.py": "sheets, headings and ratings that are read back from experts",
    "stats/ratings.py": "headings of columns that hold no ratings",
    "interchange/weights.py": "words of a paper that marks its right answers otherwise",
    "scoring/answer_columns.py": "points as people write them, with their unit",
    "scoring/answers_to_check.py": "remarks of invigilators beside answers",
    "analysis/judge_tables.py": "headings and words of judges' tables",
    "stats/judge_ratings.py": "headings of ratings",
    "stats/person_cuts.py": "groups of persons as judges write them",
    "scoring/answers_in_doubt.py": "headings of corrections, and letters of options",
    "scoring/synthetic.py": "answers as centres write them",
    "stats/checklists.py": "words of a checklist that are read as 1 and 0",
    "stats/option_keys.py": "letters of options",
    "stats/plain_text.py": "digits, and a vowel that may be typed as two characters",
    "core/register.py": "the headings of a roster",
    "core/person_names.py": "what stands between names of people",
    "sitting/second_reading.py": "the headings of a list of answers",
    "scoring/numbers_to_check.py": "the headings of user names and of the numbers of records",
}
"""Beside all of `bank/standards/` and `capture/`: tables of what input looks like."""
WRITTEN_NOT_TOLD = {
    "papers/sheet/printing.py": "a letter that no line may end before",
    "rendering/line_breaks.py": "what a line may not part",
    "rendering/pdf/engine.py": "words by which the line breaker of this machine is tried",
    "rendering/pdf/fonts.py": "letters that fonts draw as two glyphs",
    "rendering/pdf/slots.py": "a letter that no line may end before",
    "rendering/pdf/stamping.py": "the baht sign, which is not a letter",
    "rendering/pdf/text.py": "letters that fonts draw as two glyphs",
    "core/text/fonts.py": "letters that fonts draw as two glyphs",
    "core/text/characters.py": "the letters of options",
    "core/models/item.py": "the anchors of yes and no, which are data of an instrument",
    "core/text/thai.py": "figures, months, and the order of vowels",
}
"""How Thai is written, not what is said in it."""


def test_no_thai_stands_in_the_code_but_what_input_looks_like(root: Path) -> None:
    """Thai that a user reads stands in catalogues: nothing else is seen by those who translate."""
    package = root / "examgen"
    thai = {
        path.relative_to(package)
        for path in package.rglob("*.py")
        if re.search("[\u0e00-\u0e7f]", path.read_text("utf-8"))
    }
    told = {
        path.as_posix()
        for path in thai
        if path.parts[0] != "capture" and path.parts[:2] != ("bank", "standards")
    }
    assert told == {*READ_NOT_TOLD, *WRITTEN_NOT_TOLD}


# ── the command line ─────────────────────────────────────────────────────────────────────────


Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command with the catalogues as they are; its status and all that it wrote."""
    monkeypatch.undo()

    def run(*arguments: str, **environ: str) -> tuple[int, str]:
        with pytest.MonkeyPatch.context() as patch:
            stream = io.StringIO()
            for name in ("EXAMGEN_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
                patch.delenv(name, raising=False)
            for name, value in environ.items():
                patch.setenv(name, value)
            patch.setattr(sys, "stdout", stream)
            patch.setattr(sys, "stderr", stream)
            patch.setattr(sys, "argv", ["examgen", *arguments])
            with pytest.raises(SystemExit) as ended:
                main()
            return int(ended.value.code or 0), stream.getvalue()

    return run


@pytest.mark.parametrize(
    ("arguments", "environ", "is_thai"),
    [
        ((), {}, False),
        (("--lang", "th"), {}, True),
        (("--lang=th",), {}, True),
        (("--lang", "en"), {"EXAMGEN_LANG": "th"}, False),
        ((), {"EXAMGEN_LANG": "th", "LC_ALL": "en_GB.UTF-8"}, True),
        ((), {"LANG": "th_TH.UTF-8"}, True),
        ((), {"LC_MESSAGES": "th_TH", "LANG": "en_US"}, True),
        ((), {"LC_ALL": "C", "LANG": "th_TH.UTF-8"}, False),
        ((), {"LANG": "thx"}, False),
    ],
)
def test_the_language_is_asked_for_or_that_of_the_environment(
    run: Run, arguments: tuple[str, ...], environ: dict[str, str], is_thai: bool
) -> None:
    status, said = run(*arguments, "--help", **environ)
    assert status == 0
    assert said.startswith("วิธีใช้: examgen [OPTIONS]" if is_thai else "Usage: examgen [OPTIONS]")
    assert ("ตรวจข้อสอบวัดสมรรถนะ" in said) is is_thai
    assert ("Build, print and grade" in said) is not is_thai


@pytest.mark.parametrize("asked", [("--lang", "de"), ("--lang=",), ("--lang",)])
def test_another_language_is_refused(run: Run, asked: tuple[str, ...]) -> None:
    status, said = run(*asked)
    assert status == 2
    assert "--lang must be en or th" in said
    status, said = run("doctor", EXAMGEN_LANG="de")
    assert status == 2
    assert "EXAMGEN_LANG must be en or th, not 'de'" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("score", "--foo"), "ข้อผิดพลาด: ไม่มีตัวเลือก '--foo' หมายถึง '--format', '--out' หรือไม่"),
        (("score",), "examgen: โฟลเดอร์การสอบ ต้องระบุ"),
        (("scor",), "ข้อผิดพลาด: ไม่มีคำสั่ง 'scor' หมายถึง 'doctor', 'score' หรือไม่"),
        (
            ("blueprint", "new", "T", "--forms", "a"),
            "examgen: --forms ต้องเป็นจำนวนเต็ม ไม่ใช่ a",
        ),
        (
            ("blueprint", "new", "T", "--forms", "0"),
            "examgen: --forms ต้องไม่น้อยกว่า 1 แต่ได้รับ 0",
        ),
        (("score", "x", "--out"), "ข้อผิดพลาด: ตัวเลือก '--out' ต้องมีค่าตามหลัง"),
        (("score", "x", "--dry-run=1"), "ข้อผิดพลาด: ตัวเลือก '--dry-run' ไม่รับค่า"),
        (("doctor", "a"), "ข้อผิดพลาด: มีอาร์กิวเมนต์เกินมา (a)"),
        (("score", "x", "--compare", "1"), "ข้อผิดพลาด: ตัวเลือก '--compare' ต้องมีค่าตามหลัง 2 ค่า"),
    ],
)
def test_usage_errors_are_told_in_thai(run: Run, arguments: tuple[str, ...], said: str) -> None:
    status, told = run("--lang", "th", *arguments)
    assert status == 2
    assert told.splitlines()[-1] == said
    assert "Usage" not in told


def test_json_is_english_in_any_language(run: Run) -> None:
    for language in ((), ("--lang", "th")):
        status, said = run(*language, "score", "nowhere", "--forms", "--json")
        assert status == 2
        assert json.loads(said)["error"]["message"].startswith("No such option '--forms'.")


def test_english_comes_back_after_thai(run: Run) -> None:
    before = run("score", "--help")
    assert run("--lang", "th", "score", "--help") != before
    assert run("score", "--help") == before


def test_an_english_command_reads_no_catalogue() -> None:
    code = (
        "import sys; sys.argv = ['examgen', 'score', '--help']\n"
        "from examgen.commands import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(ran.stderr.split()) & {"babel", "examgen.core.catalogue"}
