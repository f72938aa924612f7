"""A journey → what its steps showed and wrote: a text for each step, and the content of its files."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from .inputs import UNIT
from .steps import Step
from .texts import HASH, digest_of, json_text, masked, text_of

HERE = Path(__file__).resolve().parents[2]
LONGEST = 400_000
"""Letters of a file that is kept as text; of a longer one the hash alone."""
PASSING = (".lock", ".sqlite3-wal", ".sqlite3-shm", "-journal", ".mo", ".pyc")
"""Ends of names of files that Python and databases keep for themselves."""


class Ran(NamedTuple):
    """A command that has ended."""

    words: list[str]
    status: int
    out: str
    err: str


def marked(step: str) -> tuple[str, str]:
    """The mark of a step, empty if there is none, and its command."""
    mark, _, command = step.partition(" ")
    return (mark, command) if mark in ("+", "1", "th", "-") else ("", step)


class Workspace:
    """A temporary folder in which a journey goes on, and the examgen of a checkout that runs in it."""

    def __init__(self, scratch: Path, code: Path) -> None:
        self.scratch, self.code = scratch, code
        self.root = self.place = scratch / "work"
        for folder in (self.root, scratch / "home"):
            folder.mkdir(parents=True)
        self._helps: dict[str, str] = {}
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(code),
            "HOME": str(scratch / "home"),
            "TMPDIR": str(scratch),
            "LANG": "C.UTF-8",
            "COLUMNS": "110",
            "TZ": "UTC",
            "PYTHONHASHSEED": "0",
            "OPENBLAS_NUM_THREADS": "1",
            "POLARS_MAX_THREADS": "1",
            "SOURCE_DATE_EPOCH": "1750000000",
            "PYDANTIC_DISABLE_PLUGINS": "__all__",
        }
        self._server = subprocess.Popen(
            [sys.executable, "-P", Path(__file__).with_name("server.py"), scratch / "learned"],
            env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def close(self) -> None:
        """End the process that runs commands."""
        self._server.communicate()

    def examgen(self, words: list[str], chance: str = "") -> Ran:
        """Run a command; what it draws from the system follows from `chance`."""
        streams = [self.scratch / name for name in ("out", "err")]
        assert self._server.stdin
        assert self._server.stdout
        self._server.stdin.write(json.dumps([words, str(self.place), *map(str, streams), chance]) + "\n")
        self._server.stdin.flush()
        status = int(self._server.stdout.readline())
        return Ran(
            words, status, *(path.read_bytes().decode("utf-8", "backslashreplace") for path in streams)
        )

    def help(self, command: str) -> str:
        """The help of a command; empty where there is none."""
        if command not in self._helps:
            ran = self.examgen([*command.split(), "--help"])
            self._helps[command] = "" if ran.status else ran.out
        return self._helps[command]

    def has(self, command: str, option: str) -> bool:
        """Whether there is a command whose help names the option."""
        return bool(re.search(rf"{option}\b", self.help(command)) if option else self.help(command))

    def words(self, text: str) -> list[str]:
        """The words of a command, its patterns resolved as a shell does."""
        if "{waiting}" in text:
            editions = self.place / "item_bank" / UNIT / "editions"
            [edition] = [path.name for path in editions.iterdir() if path.is_dir()]
            text = text.replace("{waiting}", edition)
        found: list[str] = []
        for word in shlex.split(text):
            matches = sorted(self.place.glob(word)) if "*" in word else []
            found += [str(path.relative_to(self.place)) for path in matches] or [word]
        return found

    def command(self, words: list[str]) -> str:
        """The command that words begin with; empty if there is none."""
        names = [word for word in words[:3] if re.fullmatch("[a-z][a-z-]*", word)]
        if names[:1] == ["scan"] and names[1:2] not in (["gallery"], ["annotate"], ["decide"]):
            return "scan read" if self.help("scan read") else "scan"
        candidates = (" ".join(names[:n]) for n in range(len(names), 0, -1))
        return next(
            (name for name in candidates if self.help(name).startswith(f"Usage: examgen {name} ")), ""
        )

    def move(self, step: Step) -> bool:
        """Do a step that is no command; whether it was one."""
        if callable(step):
            os.chdir(self.place)
            step()
            return True
        if step.startswith("cd "):
            self.place = self.place / step.removeprefix("cd ")
            return True
        return False

    def stamps(self) -> dict[str, tuple[int, int, int]]:
        """Every file of the folder, with what changes when it is written."""
        found = {}
        for place, _, names in os.walk(self.root):
            for path in (f"{place}/{name}" for name in names if not name.endswith(PASSING)):
                stat = os.lstat(path)
                found[path] = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
        return found


class Recorder(Workspace):
    """A workspace whose steps are kept."""

    def __init__(self, scratch: Path, code: Path, out: Path) -> None:
        super().__init__(scratch, code)
        self.out = out
        for folder in ("steps", "files"):
            (out / folder).mkdir(parents=True)
        self.n_steps = 0
        self.faults: list[str] = []
        self._texts: dict[str, tuple[str, str]] = {}
        self._kept: set[str] = set()
        self._names: dict[str, int] = {}

    def step(self, step: Step) -> None:
        """Do a step, and keep what it showed and wrote."""
        try:
            if self.move(step):
                return
        except Exception as error:  # what a command should have written may be gone or another
            self.faults.append(f"{getattr(step, '__name__', step)} cannot be done: {error!r}")
            return
        assert isinstance(step, str)
        how, text = marked(step)
        words = self.words(text)
        command = self.command(words)
        has_json = bool(command) and "--json" in self.help(command)
        if how == "-":
            if (ran := self.examgen(words, text)).status not in (0, 3):
                self.faults.append(f"status {ran.status}: {text}: {self._masked(ran.err)}")
            return
        before = self.stamps()
        all_ran: list[Ran] = []
        if how in ("1", "th"):
            all_ran.append(self._run(words if how == "1" else ["--lang", "th", *words], text))
        else:
            for language in ("th", "en"):
                in_language = ["--lang", language, *words]
                all_ran.append(
                    self._in_copy(in_language, text) if how == "+" else self._run(in_language, text)
                )
            if has_json or how == "+":
                all_ran.append(self._run([*words, "--json"] if has_json else words, text))
        wrote = list(self._wrote(before, text))
        if how == "" and wrote:
            self.faults.append(f"a step that is not marked + wrote files: {text}: {wrote[:3]}")
        self.keep(text, all_ran, wrote)

    def keep(self, text: str, all_ran: list[Ran], wrote: list[str]) -> None:
        """Write what a step showed, and the list of its files."""
        parts = []
        for ran in all_ran:
            parts.append(f"$ {text}\nstatus {ran.status}\n{ran.out}")
            if ran.err:
                parts.append(f"── errors\n{ran.err}")
        if wrote:
            parts.append("── files\n" + "\n".join(wrote) + "\n")
        (self.out / "steps" / f"{self._slug(text)}.txt").write_text(self._masked("\n".join(parts)), "utf-8")
        self._names[text] = self._names.get(text, 0) + 1
        self.n_steps += 1

    def _slug(self, text: str) -> str:
        slug = re.sub(r"[^\w.=+-]+", "-", self._masked(text).replace("<repo>/tests/data/", "")).strip("-")[
            :120
        ]
        return f"{slug}~{digest_of(self._masked(text) + str(self._names.get(text, '')))[:4]}"

    def _run(self, words: list[str], text: str) -> Ran:
        ran = self.examgen(words, text)
        out, err = json_text(ran.out) if "--json" in words else ran.out, ran.err
        out, err = self._masked(out), self._masked(err)
        if "--password-file" in words or "backup" in words:
            out, err = (re.sub(r"[\d,]+(?= (bytes|ไบต์))", "#", HASH.sub("<hash>", one)) for one in (out, err))
        if "keys" in words:
            out = re.sub(r"\b[A-Z2-7]{8}\b", "<key>", out)
        if "doctor" in words:
            out = re.sub(r"\d+(\.\d+)*", "#", out)
        if ran.status == 70 or "error in examgen" in err or "Traceback" in err:
            self.faults.append(f"a bug: examgen {text}")
        return Ran(words, ran.status, out, err)

    def _in_copy(self, words: list[str], text: str) -> Ran:
        copied = self.scratch / "copy"
        subprocess.run(["cp", "-a", "--reflink=auto", self.root, copied], check=True)
        place, self.place = self.place, copied / self.place.relative_to(self.root)
        try:
            return self._run(words, text)
        finally:
            self.place = place
            shutil.rmtree(copied)

    def _wrote(self, before: dict[str, tuple[int, int, int]], text: str) -> Iterator[str]:
        now = self.stamps()
        is_drawn = "--password-file" in text or "restore" in text
        for path in sorted(now.keys() | before.keys()):
            name = Path(path).relative_to(self.root).as_posix()
            if path not in now:
                yield f"gone: {name}"
            elif before.get(path) != now[path]:
                content, digest = self._content(Path(path))
                if is_drawn:
                    content = HASH.sub("<hash>", content)
                    digest = digest_of(content)
                yield f"{digest}  {name}"
                if digest not in self._kept and len(content) <= LONGEST:
                    self._kept.add(digest)
                    place = self.out / "files" / self._slug(text) / f"{name.replace('/', '~')[-150:]}.txt"
                    place.parent.mkdir(exist_ok=True)
                    place.write_text(content, "utf-8")

    def _content(self, path: Path) -> tuple[str, str]:
        data = path.read_bytes()
        known = digest_of(f"{path.suffix} {hash(data)}")
        if known not in self._texts:
            content = self._masked(text_of(path.name, data))
            self._texts[known] = content, digest_of(content)
        return self._texts[known]

    def _masked(self, text: str) -> str:
        for place, name in (
            (self.root, "<work>"), (self.scratch / "copy", "<work>"), (self.scratch, "<scratch>"),
            (self.code, "<repo>"), (HERE, "<repo>"), (sys.prefix, "<python>"),
        ):  # fmt: skip
            text = text.replace(str(place), name)
        return masked(text)


def every_help(workspace: Workspace) -> dict[str, list[Ran]]:
    """The help of every command and list of commands by its words, in English and in Thai."""
    found: dict[str, list[Ran]] = {}
    waiting = [""]
    while waiting:
        name = waiting.pop(0)
        found[name] = [workspace.examgen(["--lang", one, *name.split(), "--help"]) for one in ("en", "th")]
        text = found[name][0].out
        if "COMMAND [ARGS]" in text:
            groups = re.split(r"^(\S.*):\n", text, flags=re.M)
            for title, below in zip(groups[1::2], groups[2::2], strict=True):
                names = re.findall(r"^  ([a-z][a-z-]*)(?:  |$)", below, re.M) if title != "Options" else []
                waiting += [f"{name} {one}".strip() for one in names]
    return found
