"""The process in which a workspace's templates are filled: it has little time and memory, and writes no file.

Asked on standard input by the process that started it (`process.py`), in pickles, which come from
nobody else; answers in JSON on standard output, so that nothing that a template wrote is ever unpickled. On
the way down – after SIGXCPU, or a fault of memory – it leaves on standard error where it was. What a template
wrote is refused where it would take too long to lay out.
"""

from __future__ import annotations

import faulthandler
import json
import os
import pickle
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from examgen.core.problems import ExamgenError, Refused
from examgen.core.words import tell
from examgen.rendering.templates.sandbox import Sandbox, TemplateSetting, filled, path_of, sandbox

try:
    import resource
except ImportError:  # Windows has none: there the time alone is bounded, by the process that asks
    resource = None  # type: ignore[assignment]

LENGTH = 8
"""Bytes before each question and answer that say how long it is."""

LOADED = "loaded "
"""What a line of standard error starts with that tells of a template's lines."""

_MOST_TOLD = 1 << 24
"""Bytes that this process may write to a file: what it tells on standard error."""
_TO_TELL_MB = 64
"""What it may take besides once a template has failed, to say so."""

MOST_TAGS = 500_000
DEEPEST = 200

_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)([^<>]*)>?")
_UNCOUNTED = (
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
    | {"p", "li", "td", "th", "tr", "dt", "dd", "option", "thead", "tbody", "tfoot", "colgroup"}
)  # fmt: skip
"""Elements that hold nothing, or that may be left open: the next of their kind closes them."""


def main() -> None:
    """Answers until nobody asks any more."""
    asked, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    faulthandler.enable()
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (_MOST_TOLD, _MOST_TOLD))
        faulthandler.register(signal.SIGXCPU, all_threads=False, chain=True)

    def loaded(file: str, lines: str) -> None:
        print(f"{LOADED}{json.dumps([file, lines])}", file=sys.stderr, flush=True)

    def lift() -> None:  # has a template failed, to say so takes memory
        if resource is not None and (size := _size()):
            _limit(resource.RLIMIT_AS, size + (_TO_TELL_MB << 20))

    known: list[tuple[Sandbox, TemplateSetting]] = []
    while question := received(asked):
        kind, *given = pickle.loads(question)
        answer: dict[str, Any] = {}
        if kind == "setting":
            known.append((sandbox(given[0], loaded, lift), given[0]))
        else:
            number, name, context, seconds, megabytes = given
            environment, setting = known[number]
            try:
                with _limited(seconds, megabytes):
                    # whatever is raised in here is the template's fault: its context fills the built-in ones
                    text = filled(environment, name, context, setting.folders, (Exception,))
                    check_size(path_of(name, setting.folders), text)
                    answer = {"text": text}
            except ExamgenError as error:
                problems = [one.as_dict() for one in error.problems]
                answer = {"refused": error.message, "problems": problems}
        send(answers, json.dumps(answer).encode())


def send(to: IO[bytes], data: bytes) -> None:
    """One question or answer."""
    to.write(len(data).to_bytes(LENGTH, "big"))
    to.write(data)
    to.flush()


def received(source: IO[bytes], most: int | None = None) -> bytes:
    """The next question or answer; nothing where there is none, or it is longer than `most`."""
    length = int.from_bytes(source.read(LENGTH), "big")
    return source.read(length) if most is None or length <= most else b""


def check_size(template: str, html: str) -> None:
    """Raises Refused for a page of too many elements, or of too many that stand in one another."""
    if html.count("<") > MOST_TAGS:
        raise Refused(
            tell(
                "template {template}: it writes more than {most_tags:,} tags",
                template=template,
                most_tags=MOST_TAGS,
            )
        )
    depth = 0
    for end, kind, rest in _TAG.findall(html):
        if kind.lower() in _UNCOUNTED or rest.endswith("/"):
            continue
        depth = max(0, depth - 1) if end else depth + 1
        if depth > DEEPEST:
            raise Refused(
                tell(
                    "template {template}: more than {deepest} elements stand in one another",
                    template=template,
                    deepest=DEEPEST,
                )
            )


# ── limits ───────────────────────────────────────────────────────────────────────────────────


def is_bounded() -> bool:
    """Whether this system bounds the time of a process."""
    return resource is not None


@contextmanager
def _limited(seconds: int, megabytes: int) -> Iterator[None]:
    """So much time of the processor, and so much memory besides what this process has by now."""
    if resource is None:
        yield
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    _limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + 1 + seconds)
    if size := _size():
        _limit(resource.RLIMIT_AS, size + (megabytes << 20))
    try:
        yield
    finally:
        for kind in (resource.RLIMIT_CPU, resource.RLIMIT_AS):
            _limit(kind, resource.getrlimit(kind)[1])


def _limit(kind: int, most: int) -> None:
    with suppress(ValueError, OSError):  # macOS knows of limits that it does not set
        resource.setrlimit(kind, (most, resource.getrlimit(kind)[1]))


def _size() -> int:
    """The address space that this process takes; 0 where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:
        return 0
