"""Rules of `bank check`: pages and examples, waivers, settings, rules on units and files."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from examgen.bank.rules import RULES, likeness
from examgen.bank.rules.applying import CODES, Findings, read_settings
from examgen.bank.rules.item_words import folded, is_thai, words
from examgen.bank.rules.references import citations
from examgen.bank.rules.unit import pixels, printed_width_mm
from examgen.core.yamlfile import Document, parse
from tests.bank.labelled import judge, unit_draft_of

PAIRS = {"near-duplicate", "gives-away-another"}
OF_UNITS = {
    "keys-unbalanced", "key-longest-often", "key-shortest-often", "key-seldom-longest",
    "lure-never-right", "rationale-not-compared", "cognitive-unbalanced", "decided-elsewhere", "level-framed",
}  # fmt: skip
NO_EXAMPLE_ITEM = {*OF_UNITS, "image-too-coarse"}

SOUND: dict[str, Any] = {
    "stem": "ก่อนเปลี่ยนใบเลื่อยวงเดือน ช่างต้องทำสิ่งใดก่อน",
    "options": ["ถอดปลั๊กเครื่อง", "หยอดน้ำมันใบ", "ลับคมใบใหม่", "วัดความหนาไม้"],
    "key": "a",
}
LONG_KEY = {
    **SOUND,
    "options": ["ถอดปลั๊กเครื่องและแขวนป้ายห้ามเสียบไว้ที่เต้ารับ", "หยอดน้ำมันใบ", "ลับคมใบใหม่", "วัดความหนาไม้"],
}


def settings_of(text: str) -> Document:
    document, problems = parse(text, "examgen.yaml")
    assert problems == []
    return document


def findings(*items: dict[str, Any], settings: str = "{}", **unit: Any) -> Findings:
    read, problems = read_settings(settings_of(settings))
    assert problems == []
    named = [{"id": f"E1.01-{n:03d}", **item} for n, item in enumerate(items, 1)]
    return judge([unit_draft_of(named, **unit)], read)


@pytest.mark.parametrize(
    ("options", "is_found"),
    [
        (["3/4", "1/2", "0.50"], True), (["10 %", "10%", "100 %"], True), (["1,000 m", "1 km", "10 m"], True), (["1000 บาท", "1 000 บาท", "100 บาท"], True), (["½ L", "2 L", "0.5 L"], True),
        (["Red", "red", "blue"], True), (["H2O", "H₂O", "HO2"], True), (["๑๐๐ บาท", "100 บาท", "2 บาท"], True), (["90 min", "1.5 h", "2 h"], True),
        (["1 m", "1 g", "1 l"], False), (["1/2", "2/1", "1/3"], False), (["a/b", "b/a", "ab"], False), (["5–10", "5", "10"], False), (["-5", "5", "0"], False), (["1.5", "15", "1,500"], False),
        (["5", "five", "6"], False), (["\\*\\*b\\*\\*", "\\_\\_b\\_\\_", "<b>b</b>"], False), (["f(**kwargs)", "f(kwargs_)", "f(*args)"], False), (["**Red**", "Red", "blue"], True), (["001", "1", "2"], False), (["001", "01 a", "1 b"], False),
    ],
)  # fmt: skip
def test_options_that_say_the_same_in_another_way_are_found(options: list[str], is_found: bool) -> None:
    [one] = [findings({**SOUND, "stem": "How much is it?", "options": options})]
    told = [str(problem.message) for problem in one.problems if problem.code == "options-contain-each-other"]
    assert any("say the same" in message for message in told) == is_found


@pytest.mark.parametrize(
    ("text", "is_found"), [("นำ้ตาล", True), ("น้ำตาล", False), ("std::vector", False), ("ดู::ที่นี่", True)]
)
def test_marks_out_of_order_are_found_but_not_in_code(text: str, is_found: bool) -> None:
    assert ("repeated-marks" in codes(findings({**SOUND, "stem": f"Which is {text} here?"}))) == is_found


def test_near_duplicates_whose_keys_differ_say_so() -> None:
    stem = "A technician finds that the pump in the cellar of the old house is hot. What is done {}?"
    one, other = (
        {**SOUND, "stem": stem.format("first")},
        {**SOUND, "stem": stem.format("at first"), "key": "b"},
    )
    assert any(
        "alike) and has another key" in str(problem.message) for problem in findings(one, other).problems
    )


def codes(found: Findings) -> list[str]:
    return [problem.code for problem in found.problems]


# ── pages ────────────────────────────────────────────────────────────────────────────────────


def test_every_rule_has_its_page_and_every_page_its_rule(root: Path) -> None:
    pages = {path.stem: path.read_text("utf-8") for path in (root / "docs" / "rules").glob("*.md")}
    assert set(pages) == set(CODES)
    assert len(set(CODES)) == len(CODES)
    for code, page in pages.items():
        heads = re.findall(r"^#+ (.+)$", page, re.M)
        assert heads == [code, "Why", "Not like this", "Better", "Waiving and settings", "Source"]
        assert re.search(r"[ก-๙]", page), code


@pytest.mark.parametrize("code", [code for code in CODES if code not in NO_EXAMPLE_ITEM])
def test_the_examples_of_a_page_are_what_it_says(root: Path, code: str) -> None:
    page = (root / "docs" / "rules" / f"{code}.md").read_text("utf-8")
    bad, good = ([*yaml.safe_load_all(block)] for block in re.findall(r"```yaml\n(.+?)```", page, re.S))
    assert code in codes(findings(*bad))
    assert codes(findings(*good)) == []


def test_the_numbers_of_a_page_are_those_of_the_rule(root: Path) -> None:
    for rule in RULES:
        page = (root / "docs" / "rules" / f"{rule.code}.md").read_text("utf-8")
        told = re.search(rf"`{rule.code}: (\{{.+?\}})` if left out", page)
        own = rule.setting().model_dump(exclude={"severity"})
        assert (yaml.safe_load(told[1]) if told else {}) == pytest.approx(own, abs=0.001), rule.code


NEGATIVE_STEMS = (
    "หลักฐานใด ไม่สามารถใช้ยืนยันตัวผู้เข้าพักได้",
    "เอกสารใดใช้แทนบัตรประชาชนไม่ได้", "ข้อใดเรียงลำดับการเก็บห้องไม่ถูกต้อง", "สิ่งใดนำเข้าห้องผู้ป่วย ไม่ได้",
    "ข้อใดกล่าวผิดเกี่ยวกับการรับแขก", "ข้อใดผิด", "ข้อความใดเป็นเท็จ เรื่องใดกล่าวผิด",
    "สิ่งใดห้ามวางบนเคาน์เตอร์", "สิ่งใดต่อไปนี้ที่ห้ามนำเข้าห้องพัก",
    "ข้อใดต่อไปนี้ไม่ใช่หน้าที่ของพนักงานต้อนรับ", "ข้อใดต่อไปนี้ ไม่ถูกต้อง", "ข้อใด  ไม่ใช่เครื่องมือ",
    "ข้อใดเป็นสิ่งที่ไม่ควรทำต่อหน้าแขก", "พนักงานต้อนรับไม่ควร ทำสิ่งใด", "พนักงานไม่ควรพูดถึง เรื่องใด",
    "What is the least likely cause?", "Which gas is the least dangerous?", "ทุกข้อเป็นงานของแม่บ้าน ยกเว้น ข้อใด", "ทุกข้อเป็นงานของแม่บ้าน ยกเว้นเรื่องใด", "เป็นงานของแม่บ้านทั้งหมด ยกเว้น",
)  # fmt: skip
POSITIVE_STEMS = (
    "แขกแจ้งว่าประตูเปิดไม่ได้ พนักงานควรทำสิ่งใด", "ข้อใดเป็นสาเหตุที่ทำให้ประตูเปิดไม่ได้", "เหตุใดประตูจึงเปิดไม่ได้",
    "สองห้องรู้ว่าเสียงมาจากอะไร ไม่เรียกเงินกัน ผู้จัดการควรเพิ่มใคร", "การกระทำใดผิดกฎหมายการพนัน",
    "ใบแจ้งหนี้ไม่ถูกต้อง พนักงานควรแก้ที่ใด", "ขั้นตอนใดทำผิดในสถานการณ์นี้", "ป้ายใดแสดงว่าห้ามเข้า",
    "ข้อใด**ไม่ใช่**งานของแม่บ้าน", "เวลาตอบต้องไม่เกินกี่นาที ข้อใดไม่เกินเกณฑ์",
    "What is the least headroom of a stair?",
)  # fmt: skip


@pytest.mark.parametrize("stem", NEGATIVE_STEMS)
def test_a_negative_question_is_found_whatever_its_blanks(stem: str) -> None:
    assert "negative-not-emphasised" in codes(findings({**SOUND, "stem": stem}))


def test_purposes_are_no_verdict_and_its_denial() -> None:
    options = ["ให้ล้อหมุนเร็ว", "ไม่ให้ยางบิดพับ", "ให้ยางหนักขึ้น", "ไม่ให้จุ๊บหลวม"]
    found = findings({**SOUND, "options": options, "key": "b"})
    assert "verdict-pairs" not in codes(found)


@pytest.mark.parametrize("stem", POSITIVE_STEMS)
def test_a_negative_inside_the_case_is_none(stem: str) -> None:
    assert "negative-not-emphasised" not in codes(findings({**SOUND, "stem": stem}))


# ── waivers ──────────────────────────────────────────────────────────────────────────────────


def test_a_waived_finding_is_set_aside_with_its_reason() -> None:
    found = findings({**LONG_KEY, "waivers": {"key-longest": "ศัพท์ในประกาศยาวเท่านี้"}})
    assert found.problems == []
    assert [(one.problem.code, one.reason) for one in found.waived] == [("key-longest", "ศัพท์ในประกาศยาวเท่านี้")]


def test_a_waiver_that_silences_nothing_is_told_at_its_line() -> None:
    found = findings(
        {**SOUND, "waivers": {"key-longest": "เคยยาว", "key-longset": "พิมพ์ผิด", "text-stray": "โครงสร้าง"}}
    )
    told = {problem.field: (problem.code, problem.severity) for problem in found.problems}
    assert told == {
        "waivers.key-longest": ("waiver-idle", "warning"),
        "waivers.key-longset": ("waiver-unknown", "warning"),
        "waivers.text-stray": ("waiver-unknown", "warning"),
    }
    [wrong] = [problem for problem in found.problems if problem.field == "waivers.key-longset"]
    assert "Did you mean key-longest" in wrong.message
    assert re.fullmatch(r"T-1/items/E1\.01-001\.yaml:\d+", wrong.source)


def test_a_waiver_of_a_rule_that_did_not_run_is_not_idle() -> None:
    read, _ = read_settings(None)
    shelf = unit_draft_of(
        [{"id": "x", **SOUND, "waivers": {"near-duplicate": "คู่อยู่อีกหน่วย", "absolutes": "คงไว้"}}]
    )
    assert codes(judge([shelf], read, only=["key-longest"])) == []
    assert [p.field for p in judge([shelf], read, whole_bank=False).problems] == ["waivers.absolutes"]


def test_retired_items_are_not_judged() -> None:
    assert codes(findings({**LONG_KEY, "status": "retired"})) == []


# ── settings ─────────────────────────────────────────────────────────────────────────────────


def test_a_workspace_turns_rules_off_and_changes_severity_and_numbers() -> None:
    assert codes(findings(LONG_KEY, settings="rules: {key-longest: off, options-uneven: off}")) == []
    [problem] = findings(LONG_KEY, settings="rules: {key-longest: error}").problems
    assert (problem.code, problem.severity) == ("key-longest", "error")
    assert "key-longest" not in codes(findings(LONG_KEY, settings="rules: {key-longest: {ratio: 9}}"))


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("rules:\n  key-longset: off", 2, "Did you mean key-longest?"),
        ("rules:\n  near-duplicate:\n    likeness: 7", 3, "must be at most 1"),
        ("rules:\n  key-longest:\n    likeness: 0.9", 3, "is not a field here"),
        ("rules:\n  absolutes: loud", 2, "'error', 'warning' or 'notice'"),
        ("rule: {}", 1, "Did you mean rules?"),
    ],
)
def test_faults_of_the_settings_are_told_with_their_line(text: str, line: int, said: str) -> None:
    _, problems = read_settings(settings_of(text))
    [problem] = problems
    assert problem.source == f"examgen.yaml:{line}"
    assert said in problem.message


# ── units ────────────────────────────────────────────────────────────────────────────────────


def unit_of(n: int, keys: str = "abcd", category: str | None = None) -> list[dict[str, Any]]:
    """Sound items whose options take the same room."""
    options = {"a": "ยาวสี่ก", "b": "ยาวสี่ข", "c": "ยาวสี่ค", "d": "ยาวสี่ง"}
    categories = ["remember", "apply"]
    return [
        {
            "stem": f"คำถามเรื่องที่ {n:04d} ถามว่าอะไร",
            "options": options,
            "key": keys[n % len(keys)],
            "cognitive": category or categories[n % 2],
        }
        for n in range(n)
    ]


def test_a_unit_in_balance_has_no_findings() -> None:
    off = "rules: {near-duplicate: off, options-contain-each-other: off, gives-away-another: off}"
    assert codes(findings(*unit_of(40), settings=off)) == []


def test_keys_that_stand_at_one_option_are_told_for_the_unit() -> None:
    found = findings(*unit_of(40, "aaabcd"), settings="rules: {near-duplicate: off}")
    [problem] = found.problems
    assert (problem.code, problem.source, problem.item) == ("keys-unbalanced", "T-1/items", None)
    assert "keys-unbalanced" not in codes(findings(*unit_of(19, "a")))


def test_a_category_that_prevails_is_a_notice() -> None:
    [problem] = findings(*unit_of(40, category="remember"), settings="rules: {near-duplicate: off}").problems
    assert (problem.code, problem.severity) == ("cognitive-unbalanced", "notice")


def test_keys_that_are_longest_too_often_are_told() -> None:
    items = [{**one, "options": {**one["options"], one["key"]: "ยาวสี่กว่า"}} for one in unit_of(40)]
    assert codes(findings(*items, settings="rules: {near-duplicate: off}")) == ["key-longest-often"]


def test_keys_that_are_shortest_too_often_or_longest_too_seldom_are_told() -> None:
    off = "rules: {near-duplicate: off, odd-one-out: off, lure-never-right: off}"
    short = [{**one, "options": {**one["options"], one["key"]: "สั้น"}} for one in unit_of(40)]
    even = "rules: {near-duplicate: off, odd-one-out: off, lure-never-right: off}"
    found = findings(*short, settings=even).problems
    assert [problem.code for problem in found] == ["key-shortest-often", "key-seldom-longest"]
    assert found[0].message.startswith("choosing the shortest option finds 100% of the keys (by chance 25%)")
    assert "longest option finds 0% of the keys" in found[1].message
    assert codes(findings(*short[:19], settings=even)) == []
    mixed = [short[n] if n % 12 == 0 else one for n, one in enumerate(unit_of(40))]
    assert codes(findings(*mixed, settings=off)) == []


def test_marks_above_and_below_a_letter_are_no_length() -> None:
    """A key that has more code points and takes as little room as the others is neither short nor long."""
    items = [{**one, "options": {**one["options"], one["key"]: "ย๊าว์สี้ก"}} for one in unit_of(40)]
    off = "rules: {near-duplicate: off, odd-one-out: off, lure-never-right: off}"
    assert codes(findings(*items, settings=off)) == []


def lured(n: int, of: int = 40) -> list[dict[str, Any]]:
    """Items of which `n` have a distractor with one and the same word, and no key has it."""
    items = unit_of(of)
    for one in items[:n]:
        wrong = next(name for name in one["options"] if name != one["key"])
        one["options"] = {**one["options"], wrong: "ดูความพึงพอใจก่อน"}
    return items


def test_a_word_that_is_in_many_distractors_and_no_key_is_told() -> None:
    told = [p for p in findings(*lured(16)).problems if p.code == "lure-never-right"]
    assert len(told) == 1
    assert (told[0].severity, told[0].item) == ("notice", None)
    assert "ความพึงพอใจ” is in distractors of 16 items (E1.01-001, E1.01-002" in told[0].message
    assert "lure-never-right" not in codes(findings(*lured(12)))  # 0.75 ** 12 = 3 %
    items = lured(16)
    items[20]["options"] = {**items[20]["options"], items[20]["key"]: "วัดความพึงพอใจด้วย"}
    assert "lure-never-right" not in codes(findings(*items))


@pytest.mark.parametrize(("width", "found"), [(300, True), (900, True), (1000, False)])
def test_a_raster_image_too_coarse_for_its_printed_size_is_told(
    tmp_path: Path, width: int, found: bool
) -> None:
    (tmp_path / "media").mkdir()
    Image.new("L", (width, width // 2)).save(tmp_path / "media" / "plan.png")
    read, _ = read_settings(None)
    item = {"id": "x", **SOUND, "stem": f"{SOUND['stem']}\n\n![ผัง](plan.png)"}
    told = codes(judge([unit_draft_of([item], tmp_path)], read))
    assert told == (["image-too-coarse"] if found else [])


def test_the_size_of_jpeg_and_gif_is_read_and_nothing_else_is_guessed(tmp_path: Path) -> None:
    for name in ("x.jpg", "x.gif", "x.png"):
        Image.new("RGB", (321, 123)).save(tmp_path / name)
        assert pixels(tmp_path / name) == (321, 123)
    (tmp_path / "x.svg").write_text("<svg/>")
    (tmp_path / "cut.jpg").write_bytes((tmp_path / "x.jpg").read_bytes()[:30])
    assert [pixels(tmp_path / name) for name in ("x.svg", "cut.jpg", "none.png")] == [None, None, None]
    assert printed_width_mm(4000, 4000, (161, 110)) == 110


# ── likeness ─────────────────────────────────────────────────────────────────────────────────

_WORDS = st.lists(st.sampled_from("กขคงจฉ"), min_size=1, max_size=8).map(tuple)


@given(st.lists(_WORDS, max_size=12), st.sampled_from([0.5, 0.7, 0.8, 0.95, 1.0]))
def test_the_join_on_rare_words_loses_no_pair(stems: list[tuple[str, ...]], least: float) -> None:
    from rapidfuzz.distance import Indel

    bank = [likeness.ItemStem(str(n), "x:1", words, ()) for n, words in enumerate(stems)]
    setting = likeness.Likeness(likeness=least, short_words=0, short_likeness=1)
    found = {pair.later.item for pair in likeness.near_duplicates(bank, setting)}
    meant = {
        str(n)
        for n, one in enumerate(stems)
        if any(Indel.normalized_similarity(one, other) >= least for other in stems[:n])
    }
    assert found == meant


def test_enemies_may_be_alike() -> None:
    long = "ลูกค้าโทรมาขอเลื่อนนัดรับรถจากวันจันทร์เป็นวันพุธเพราะติดงานต่างจังหวัด พนักงานรับสายควรทำสิ่งใดก่อน"
    other = {**SOUND, "stem": long.replace("พุธ", "ศุกร์")}
    assert codes(findings({**SOUND, "stem": long}, other)) == ["near-duplicate"]
    assert codes(findings({**SOUND, "stem": long}, {**other, "enemies": ["E1.01-001"]})) == []


def test_words_are_cut_without_network_without_warnings_and_without_a_trace(tmp_path: Path) -> None:
    code = (
        "import socket, warnings; warnings.simplefilter('error')\n"
        "def refuse(*a, **k): raise OSError('network')\n"
        "socket.socket.connect = refuse\n"
        "from examgen.bank.rules.item_words import words\n"
        "print('|'.join(words('ข้อใดเป็นหน้าที่ของช่าง')))"
    )
    home = {**os.environ, "HOME": str(tmp_path), "USERPROFILE": str(tmp_path)}
    ran = subprocess.run([sys.executable, "-c", code], env=home, capture_output=True, text=True, check=True)
    assert list(tmp_path.iterdir()) == []
    assert "หน้าที่" in ran.stdout.strip().split("|")
    assert ran.stderr == ""


def test_the_docs_list_every_rule_as_it_is(root: Path) -> None:
    text = (root / "docs" / "item-bank.md").read_text("utf-8")
    rows = re.findall(r"^\| \[`([a-z-]+)`\]\(rules/([a-z-]+)\.md\) \| (\w+) \| (.+?) \|", text, re.M)
    assert rows == [(rule.code, rule.code, rule.severity, rule.summary) for rule in RULES]
    example = re.search(r"```yaml\n(rules:.+?)```", text, re.S)
    assert example is not None
    settings, problems = read_settings(settings_of(example[1]))
    assert problems == []
    assert "key-longest" not in settings
    assert settings["near-duplicate"].likeness == 0.85


# ── words ────────────────────────────────────────────────────────────────────────────────────

PIECES = (
    st.sampled_from(["การ", "ความ", "ช่างเชื่อม", "ตากลม", "ใบเลื่อย", "ไม่", "เท่านั้น", "กระดาษทราย", "ฯ", "ๆ", "ก็"])
    | st.text(st.characters(min_codepoint=0x0E01, max_codepoint=0x0E4E), max_size=7)
    | st.sampled_from([" ", "\n", "12.5", "๓", "MIG", "😀", "(", "-"])
)


@given(text=st.lists(PIECES, max_size=12).map("".join).filter(is_thai))
def test_words_are_cut_as_pythainlp_cuts_them(text: str) -> None:
    found = words(text)
    from pythainlp.tokenize import word_tokenize  # once it was told to leave the user's home alone

    cut = word_tokenize(folded(text), engine="newmm", keep_whitespace=False)
    assert found == tuple(word for word in cut if re.search(r"[\w\u0e00-\u0e7f]", word))


# ── stimuli ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("ผังอาคาร\n\n![](plan.svg)", "alt-text-missing"),
        ("| ภาพ |\n|---|\n| ![รูปที่ 1](plan.svg) |", "alt-text-missing"),
        ("- ความเร็ว $\\frac{s}{t$", "formula-unreadable"),
        ("| ค่า |\n|---|\n| $\\text{ก}$ |", "formula-unreadable"),
    ],
)
def test_a_stimulus_is_told_at_the_item_that_shows_it(text: str, code: str) -> None:
    from examgen.core.models.item import Stimulus

    read, _ = read_settings(None)
    item = {"id": "E1.01-001", **SOUND, "shared_stimulus": "s"}
    shelf = unit_draft_of([item])._replace(stimuli=(Stimulus(id="s", text=text), Stimulus(id="t", text=text)))
    [found] = judge([shelf], read).problems
    assert (found.code, found.item, found.field) == (code, "E1.01-001", "shared_stimulus")
    assert found.message.startswith("in stimulus s ")


def test_a_folder_before_the_name_of_an_image_is_no_repeated_mark() -> None:
    stem = f"{SOUND['stem']}\n\n![ผังห้องช่าง ประตูอยู่ทิศใต้](../media/plan.svg)"
    assert codes(findings({**SOUND, "stem": stem})) == []


# ── references ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("reference", "laws"),
    [
        ("คู่มือช่าง; ISO 10002:2018 ข้อ 7.2", []),
        ("พ.ร.บ. อาคารชุด พ.ศ. 2522 มาตรา 17/1 [unchecked]; ป.พ.พ.", [(True, True), (False, False)]),
        ("มาตรา 23 แห่งพระราชบัญญัติคุ้มครองข้อมูลส่วนบุคคล พ.ศ. 2562", [(True, False)]),
        ("พ.ร.บ. ก พ.ศ. 2540 มาตรา ๙ (4) และ พ.ร.บ. ข พ.ศ. 2541", [(True, False), (False, False)]),
        ("พ.ร.บ. อาคารชุด พ.ศ. 2522 แก้ไขเพิ่มเติมโดย พ.ร.บ. อาคารชุด (ฉบับที่ 4) ม. 32", [(True, False)]),
        ("Companies Act 2006 s 172; section 9 of the Building Control Act", [(True, False), (True, False)]),
        ("Civil and Commercial Code, on sale", [(False, False)]),
        ("Code of conduct; Act quickly: a handbook", []),
    ],
)
def test_each_law_of_a_reference_is_looked_at(reference: str, laws: list[tuple[bool, bool]]) -> None:
    assert [(one.has_section, one.unchecked) for one in citations(reference)] == laws
    told = [p for p in findings({**SOUND, "reference": reference}).problems if p.field == "reference"]
    assert bool(told) == any(not has_section for has_section, _ in laws)


TWINS = [
    ("ควรถูมือ ด้วยสบู่นานเท่าใด?", "ควรถูมือด้วยสบู่ นานเท่าใด"),
    ("Which gas helps  fire burn?", "<b>which</b> gas helps “fire” burn"),
]


@pytest.mark.parametrize(("one", "other"), TWINS)
@pytest.mark.parametrize("key", ["a", "b"])
def test_the_same_question_with_another_key_is_an_error_at_both_items(one: str, other: str, key: str) -> None:
    found = findings({**SOUND, "stem": one}, {**SOUND, "stem": other, "key": key}).problems
    twins = [problem for problem in found if problem.code == "near-duplicate"]
    assert [problem.severity for problem in twins] == (["warning"] if key == "a" else ["error", "error"])
    assert all(("another key" in problem.message) == (key == "b") for problem in twins)


def test_questions_on_different_texts_or_pictures_are_not_the_same() -> None:
    one = likeness.asked_question("![x](a.png) Which?", {"a": "1", "b": "2"}, "a")
    other = likeness.asked_question("![x](b.png) Which?", {"a": "1", "b": "2"}, "b")
    assert one.texts != other.texts
    assert likeness.asked_question("Unit?", {"a": "mW", "b": "MW"}, "a").key == ("mW",)
