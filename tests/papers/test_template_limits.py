"""Templates that take time and memory without end: each is refused by file and line, and takes neither.

They have a second and 48 MB here.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from examgen.core.problems import Refused, WrongUsage
from examgen.papers.key_sheet import key_sheet
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.templates.filling import fill
from tests.effort import some
from tests.papers.pages import TEMPLATES, exam, item, write

SET_LINE = line_setter(TEMPLATES)
MEMORY = "it uses more memory than a template may use"
TIME = "it takes more than 1 seconds"
BITS = "bits is more than a template may ask"
DEEP = "maximum recursion depth"


def doubled(start: str, twice: str) -> str:
    return (
        f"{{% set ns = namespace(s={start}) %}}\n"
        f"{{% for i in range(60) %}}{{% set ns.s = {twice} %}}{{% endfor %}}"
    )


# the line that the template is at fault in, and what is said of it
GROWING = {
    '{{ "x"|center(10**10) }}': (1, MEMORY),
    'ok\n{{ "x\\n"|indent(10**10) }}': (2, MEMORY),
    '{{ "%10000000000d"|format(1) }}': (1, MEMORY),
    '\n\n{{ "x".ljust(10**10) }}': (3, MEMORY),
    '{{ "{:>{w}}".format(1, w=10**10) }}': (1, MEMORY),
    '{{ [1]|batch(10**9, "x")|list }}': (1, MEMORY),
    '{{ both("x", sep="y"|center(10**10)) }}': (1, MEMORY),
    '{% set x %}{% for i in range(99999) %}{{ "x" * 99999 }}{% endfor %}{% endset %}{{ x }}': (1, MEMORY),
    doubled('"x"', "ns.s ~ ns.s"): (2, MEMORY),
    doubled("[1]", "ns.s + ns.s"): (2, MEMORY),
    doubled('"xx"', 'ns.s.replace("x", "xxxxxxxx")'): (2, MEMORY),
    doubled('"xx"', '(["a"] * 1000)|join(ns.s)'): (2, MEMORY),
    "{{ [0] * 10**10 }}": (1, "a text repeated 10000000000 times"),
    "{{ 10**10**10 }}x{{ 2**65 }}": (1, "a power of 65"),
    '{{ "{:.10000000000f}".format(1.5) }}': (1, "precision too big"),
    "{% macro m(n) %}{{ m(n + 1) }}{% endmacro %}{{ m(0) }}": (1, DEEP),
    '{% include "key-sheet.html" %}': (1, DEEP),
    "{% block a %}{{ self.a() }}{% endblock %}": (1, DEEP),
    "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}": (None, DEEP),
    'ok\n{{ "abc"|truncate(-1) }}': (2, "expected length >= 3, got -1"),
    "{{ cycler() }}": (1, "at least one item"),
    '{{ "a"|round }}': (1, "__round__"),
}  # fmt: skip
ENDLESS = {
    "\n" + "{% for a in [1, 2, 3, 4, 5, 6, 7, 8, 9, 0] %}" * 10 + "{% endfor %}" * 10: (2, TIME),
    "{% macro m(n) %}\n{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(90) }}": (2, TIME),
    "{% set ns = namespace(s=3) %}\n{% for i in range(60) %}{% set ns.s = ns.s * ns.s %}{% endfor %}": (2, BITS),
    "{% set ns = namespace(s=3) %}\n{% for i in range(60) %}{% set ns.s = ns.s ** 64 %}{% endfor %}": (2, BITS),
}  # fmt: skip


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXAMGEN_TEMPLATE_SECONDS", "1")
    monkeypatch.setenv("EXAMGEN_TEMPLATE_MB", "48")


@pytest.fixture
def used() -> Iterator[list[float]]:
    """Seconds of the processor that this test and the processes that it ended took."""
    before = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    took: list[float] = []
    yield took
    after = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    took.append(
        sum(b.ru_utime + b.ru_stime - a.ru_utime - a.ru_stime for a, b in zip(before, after, strict=True))
    )
    assert took[0] < 6


@pytest.mark.usefixtures("_small", "used")
@pytest.mark.parametrize(
    ("text", "at"), some([*GROWING.items(), *ENDLESS.items()], 8), ids=lambda one: str(one)[:40]
)
def test_a_template_without_end_is_refused_by_its_line(
    tmp_path: Path, text: str, at: tuple[int | None, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if at[1] == MEMORY:  # what this process has freed is filled before it is used up
        monkeypatch.setenv("EXAMGEN_TEMPLATE_SECONDS", "5")
    path = write(tmp_path, "key-sheet.html", text)
    place = f"template {path}{f', line {at[0]}' if at[0] else ''}: "
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    bounds = resource.getrlimit(resource.RLIMIT_AS), resource.getrlimit(resource.RLIMIT_CPU)
    with pytest.raises(Refused) as refusal:
        fill("key-sheet.html", {}, (tmp_path, *TEMPLATES), SET_LINE)
    assert refusal.value.message.startswith(place)
    assert at[1] in refusal.value.message
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 300_000  # kB
    # what comes after it is bounded as before
    assert (resource.getrlimit(resource.RLIMIT_AS), resource.getrlimit(resource.RLIMIT_CPU)) == bounds


def test_a_page_too_deep_to_be_laid_out_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "key-sheet.html", "<div>" * 199 + "<table><tr><td>" * 90)
    sample = exam([item(1)])
    with pytest.raises(Refused, match=r"key-sheet\.html"):
        key_sheet(sample, sample.forms[0], (tmp_path, *TEMPLATES))


def test_ones_own_copy_prints_the_same_bytes_as_the_built_in_template(tmp_path: Path) -> None:
    for name in ("key-sheet.html", "frame.html", "booklet/stem.html"):
        write(tmp_path, name, (TEMPLATES[0] / name).read_text("utf-8"))
    sample = exam([item(1)])
    own = key_sheet(sample, sample.forms[0], (tmp_path, *TEMPLATES))
    assert own == key_sheet(sample, sample.forms[0], TEMPLATES)


def test_a_fault_of_one_page_ends_no_other(tmp_path: Path) -> None:
    write(tmp_path, "key-sheet.html", "{{ n|center(10**n) }}")
    folders = (tmp_path, *TEMPLATES)
    assert fill("key-sheet.html", {"n": 1}, folders, SET_LINE) == "    1     "
    with pytest.raises(Refused, match=MEMORY):
        fill("key-sheet.html", {"n": 10}, folders, SET_LINE)
    assert fill("key-sheet.html", {"n": 1}, folders, SET_LINE) == "    1     "


@pytest.mark.parametrize("said", ["0", "-1", "ten", "1e9"])
def test_a_limit_is_a_whole_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("EXAMGEN_TEMPLATE_SECONDS", said)
    write(tmp_path, "key-sheet.html", "")
    with pytest.raises(WrongUsage, match="EXAMGEN_TEMPLATE_SECONDS"):
        fill("key-sheet.html", {}, (tmp_path, *TEMPLATES), SET_LINE)


HEAD = 'msgid ""\nmsgstr "Plural-Forms: nplurals={}; plural={};\\n"\n\n'
PLURAL = 'msgid "{n} item"\nmsgid_plural "{n} items"\nmsgstr[0] "{n} ข้อ"\n'


@pytest.mark.parametrize(
    ("number", "plural"),
    [("9999999999", "0"), ("-1", "0"), ("none", "0"), ("2", "__import__('os').abort()"), ("2", "9**9**9")],
)
def test_a_catalogue_whose_head_asks_for_much_is_read_without_it(
    tmp_path: Path, number: str, plural: str
) -> None:
    write(tmp_path, "locale/th.po", HEAD.format(number, plural) + PLURAL)
    write(tmp_path, "key-sheet.html", '{{ th_n("{n} item", "{n} items", 2) }}')
    assert fill("key-sheet.html", {}, (tmp_path, *TEMPLATES), SET_LINE).endswith("ข้อ")


def test_a_catalogue_of_one_message_many_times_is_read_in_time(tmp_path: Path) -> None:
    many = "".join(f'#: a:{n}\nmsgid "Key"\nmsgstr "x"\n' for n in range(50_000))
    write(tmp_path, "locale/th.po", many)
    before = time.process_time()
    fill("key-sheet.html", {}, (write(tmp_path, "key-sheet.html", "").parent, *TEMPLATES), SET_LINE)
    assert time.process_time() - before < 8
    write(tmp_path, "locale/th.po", many * 2)
    with pytest.raises(Refused, match="has more than 2,000,000 bytes"):
        fill("key-sheet.html", {}, (tmp_path, *TEMPLATES), SET_LINE)
