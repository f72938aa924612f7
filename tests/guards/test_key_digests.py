"""No digest that is outside secure/ tells the key of a small exam: none can be tried.

An exam of ten questions of four options has 4^10 keys. Whoever has the paper and a plain digest of the key, of
an item with its key, of a report that names keys or of what a correction says, finds the key within a second. So
every file outside secure/ is looked through for such digests: archives, workbooks, tables and PDFs, too.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
import shutil
import stat
import zipfile
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import blake3
import pikepdf
import polars as pl
import pypdfium2
import pytest
import yaml

from tests.guards.commands import Examgen, read_csv, write_csv
from tests.guards.small_exams import blueprint, build, item, write_unit, write_yaml
from tests.guards.test_tampering import seal

LEAST = 8
"""Figures of a digest that are looked for: reports tell as few."""
KINDS: tuple[Callable[[bytes], bytes], ...] = (
    *(
        lambda data, name=name: hashlib.new(name, data).digest()
        for name in ("sha256", "sha1", "md5", "sha512")
    ),
    lambda data: hashlib.blake2b(data).digest(),
    lambda data: hashlib.blake2b(data, digest_size=16).digest(),
    lambda data: blake3.blake3(data).digest(),
)
RIGHT = "ABDCA DCBAC".replace(" ", "")
CORRECTED = "D"
"""What a correction says is right in question 1."""
LETTERS = "ABCD"
DAY = ("--date", "2026-11-21")


class Gone(NamedTuple):
    """An exam that was held, and the text of every part of every file of its workspace."""

    workspace: Path
    exam: Path
    texts: dict[str, str]

    def outside(self) -> dict[str, str]:
        """Those of all files but the ones in secure/."""
        return {
            name: text
            for name, text in self.texts.items()
            if not name.startswith(("output/X/secure/", "twin/secure/"))
        }

    def in_dossier(self) -> dict[str, str]:
        """Those in the accreditation file."""
        return {name: text for name, text in self.texts.items() if name.startswith("output/X/dossier/")}

    def leaving(self) -> dict[str, str]:
        """Those that are made for people who may not know the key."""
        made = (
            "output/X/dossier/",
            "output/X/papers/",
            "output/X/exports/",
            "register/",
            "output/X/exam.yaml",
        )
        reports = re.compile(r"output/X/reports/run-\d+/(candidate|cohort|centre|coverage|technical)/")
        return {
            name: text for name, text in self.texts.items() if name.startswith(made) or reports.match(name)
        }


def questions() -> list[dict[str, Any]]:
    """Ten items, right in the options that `RIGHT` names."""
    return [item("E1.01", n, key=letter.lower()) for n, letter in enumerate(RIGHT, 1)]


@pytest.fixture(scope="module")
def gone(examgen: Examgen, starter: Path, tmp_path_factory: pytest.TempPathFactory) -> Gone:
    """Built, printed, sat, corrected, released, reported, exported, certified, put into a dossier."""
    workspace = Path(shutil.copytree(starter, tmp_path_factory.mktemp("gone") / "workspace"))
    write_unit(workspace, "C-1", questions())
    plan = blueprint(["C-1"], exam="X", items=10, forms=1)
    (workspace / "output").mkdir(exist_ok=True)
    exam = build(examgen, workspace, "output/X", plan)

    def run(*words: object, status: int | None = 0) -> None:
        examgen(*words, cwd=workspace, status=status)

    twin = build(examgen, workspace, "twin", plan)
    for package in (exam, twin):
        run("render", package, "--books")
    run("simulate", exam, "--candidates", "40", "--seed", "1", "--out", "answers.csv")
    people = [[row["candidate_id"], f"คน {n}"] for n, row in enumerate(read_csv(workspace / "answers.csv"))]
    write_csv(workspace / "roster.csv", [["candidate_id", "name"], *people])
    run("take", exam, "answers.csv", "roster.csv", "--by", "ก")
    run("score", exam)
    correction = {"kind": "rekey", "form": "A", "question": 1, "key": [CORRECTED], "only_here": True}
    write_yaml(
        workspace / "corrections.yaml", [correction | {"reason": "r", "by": "ก", "date": "2026-11-20"}]
    )
    run("take", exam, "corrections.yaml", "--by", "ก")
    run("score", exam)
    run("release", exam, "--run", "2", "--by", "ก", "--reason", "r", "--open-looks", "r", *DAY)
    kinds = ("candidate", "cohort", "centre", "coverage", "committee", "technical")
    run("report", exam, *(word for kind in kinds for word in ("--kind", kind)), "--html", *DAY)
    was = (exam / "exam.yaml").read_bytes()
    run("build", "output/X.yaml", "--out", exam)
    assert (exam / "exam.yaml").read_bytes() == was, "built again in its place it stays as it is"
    run("analyse", "exam", exam, "--write-back", "--synthetic", *DAY)
    for kind in ("csv", "mirt", "results", "qti30", "qti22"):
        run("export", exam, "--format", kind)
    run("certificate", "issue", exam, "--by", "ก", "--from", "2026-11-21", "--until", "2030-01-01")
    run("dossier", exam, *DAY)
    run("verify", exam)
    texts = {
        name: text
        for path in sorted(workspace.rglob("*"))
        if path.is_file() and not path.is_symlink()
        for name, text in texts_in(path.relative_to(workspace).as_posix(), path.read_bytes())
    }
    return Gone(workspace, exam, texts)


def texts_in(name: str, data: bytes) -> Iterator[tuple[str, str]]:
    """What a file says, and each file that is packed in it."""
    yield name, data.decode("utf-8", "replace").replace("\0", "")
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.namelist():
                yield from texts_in(f"{name}/{member}", archive.read(member))
    elif data.startswith(b"%PDF"):
        with pikepdf.open(io.BytesIO(data)) as pdf:
            yield f"{name}#objects", "\n".join(repr(thing) for thing in pdf.objects)
        pdf_pages = pypdfium2.PdfDocument(data)
        yield f"{name}#pages", "\n".join(page.get_textpage().get_text_range() for page in pdf_pages)
    elif data.startswith(b"PAR1"):
        yield f"{name}#table", pl.read_parquet(io.BytesIO(data)).cast(pl.String, strict=False).write_csv()


def digests(*contents: bytes) -> set[str]:
    """The beginnings by which digests of these are looked for, as hexadecimal and as base 64 and 32."""
    found = set()
    for data, kind in product(contents, KINDS):
        digest = kind(data)
        found |= {digest.hex()[:LEAST], base64.b64encode(digest).decode()[:12]}
        found |= {base64.urlsafe_b64encode(digest).decode()[:12], base64.b32encode(digest).decode()[:12]}
    return found


HEX = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{8,}")


def beginnings(text: str) -> set[str]:
    """The beginnings of whatever may be a digest in a text; in lines that were broken, too."""
    joined = re.sub(r"[\s-]+", "", text) if len(text) < 200_000 else ""
    found = {one[0][:LEAST].lower() for one in HEX.finditer(text)}
    found |= {one[0][:LEAST].lower() for one in HEX.finditer(joined)}
    return found | {text[at.start() : at.start() + 12] for at in re.finditer(r"\b[A-Za-z0-9+/_-]{12}", text)}


def holders(texts: dict[str, str], *contents: bytes) -> set[str]:
    """The names of those in which one of these contents has a digest."""
    sought = digests(*contents)
    return {name for name, text in texts.items() if sought & beginnings(text)}


# ── what is looked for ───────────────────────────────────────────────────────────────────────


def tables_of_keys(template: bytes, key: str) -> list[bytes]:
    """key.csv with these letters, by the table as it is written, as it may have been hashed."""
    rows = list(csv.DictReader(io.StringIO(template.decode("utf-8-sig"))))
    out = io.StringIO()
    writer = csv.DictWriter(out, [*rows[0]], lineterminator="\n")
    writer.writeheader()
    writer.writerows({**row, "key": letter} for row, letter in zip(rows, key, strict=True))
    plain = out.getvalue()
    unix = [plain.encode(), plain.encode("utf-8-sig"), plain.strip().encode()]
    return [*unix, *(one.replace(b"\n", b"\r\n") for one in unix)]


def strings_of_keys(key: str) -> list[bytes]:
    """The letters as somebody may have written them in a row."""
    lists = ["".join(key), *(between.join(key) for between in (",", " ", ", ", "|", ";", "\n"))]
    pairs = {str(n): letter for n, letter in enumerate(key, 1)}
    objects = [list(key), [[one] for one in key], pairs]
    lists += [json.dumps(one, separators=how) for one in objects for how in ((",", ":"), (", ", ": "))]
    return [text.encode() for one in lists for text in (one, one.lower())]


def item_documents(one: dict[str, Any], right: str) -> list[bytes]:
    """An item with its key as it may be hashed: the first is what the bank binds statistics to."""
    seen = {"stem": one["stem"], "options": dict(sorted(one["options"].items())), "key": [right]}
    texts = [json.dumps(seen, ensure_ascii=False), json.dumps(seen, sort_keys=True, ensure_ascii=False)]
    return [*(text.encode() for text in texts), json.dumps({**one, "key": [right]}, sort_keys=True).encode()]


def secrets_of(gone: Gone) -> list[bytes]:
    """Every file in secure/, and the pictures of none."""
    return [path.read_bytes() for path in (gone.exam / "secure").rglob("*") if path.is_file()]


# ── nothing of it is there ───────────────────────────────────────────────────────────────────


def test_no_file_outside_secure_has_a_digest_of_one_in_it(gone: Gone) -> None:
    key = (gone.exam / "secure/key.csv").read_bytes()
    assert [row["key"] for row in read_csv(gone.exam / "secure/key.csv")] == right_letters(gone)
    assert holders(gone.outside(), *secrets_of(gone)) == set()
    assert holders(gone.outside(), *tables_of_keys(key, "".join(right_letters(gone)))) == set()
    assert holders(gone.outside(), *strings_of_keys("".join(right_letters(gone)))) == set()


def right_letters(gone: Gone) -> list[str]:
    """The right letters of form A by the paper's order of options."""
    keys = {one["id"]: one["key"] for one in questions()}
    rows = read_csv(gone.exam / "secure/forms.csv")
    return [LETTERS[row["options"].split().index(keys[row["item"]])] for row in rows]


def test_the_bytes_of_the_digests_are_nowhere_else(gone: Gone) -> None:
    path = gone.exam / "secure/digest.key"
    data = path.read_bytes()
    assert len(data) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    written = {data.hex(), base64.b64encode(data).decode(), base64.urlsafe_b64encode(data).decode()}
    files = [one for one in gone.workspace.rglob("*") if one.is_file() and one != path]
    assert [one for one in files if data in one.read_bytes()] == []
    assert {name for name, text in gone.texts.items() if any(one in text.lower() for one in written)} == set()
    assert [name for name in gone.in_dossier() if "digest.key" in name] == []


def test_an_item_with_its_key_has_a_digest_only_where_keys_are(gone: Gone) -> None:
    """The bank binds statistics and reviews to such digests; the item analysis names keys beside them."""
    documents = [one for own in questions() for one in item_documents(own, own["key"])]
    found = holders(gone.outside(), *documents)
    keyed = {name for name in found if not name.startswith(("output/X/analysis/run-0002/", "item_bank/C-1/"))}
    assert keyed == set()
    assert found, "the search finds what is there"
    assert holders(gone.leaving(), *documents) == set()


def test_what_names_keys_has_no_plain_digest_in_what_leaves(gone: Gone) -> None:
    """Corrections, statistics bound to keyed hashes, the committee's book, the item analysis."""
    places = ("sitting/corrections.yaml", "reports/*/committee/*", "analysis/run-0002/*")
    paths = [path for place in places for path in gone.exam.glob(place) if path.is_file()]
    paths += [gone.workspace / "item_bank/C-1/statistics.csv", gone.workspace / "corrections.yaml"]
    shown = set(gone.leaving().values())  # tables without keys, which other reports have as well
    paths = [
        path for path in paths if path.name != ".examgen" and path.read_text("utf-8", "replace") not in shown
    ]
    assert len(paths) > 4
    assert len(gone.in_dossier()) > 40
    assert {path.name: found for path in paths if (found := holders(gone.leaving(), path.read_bytes()))} == {}


def test_every_key_was_tried_and_none_is_told(gone: Gone) -> None:
    """As an assessor would who has the accreditation file: key.csv written again with other letters."""
    forms = next(text for name, text in gone.in_dossier().items() if name.endswith("/forms.csv"))
    table = list(csv.DictReader(io.StringIO(forms.lstrip("\ufeff"))))
    assert len(table) == 10
    there = set().union(*(beginnings(text) for text in gone.in_dossier().values()))
    assert len(there) > 100
    whole = (gone.exam / "secure/key.csv").read_bytes().decode("utf-8-sig")
    right = "".join(right_letters(gone))
    rows = whole.splitlines(keepends=True)
    # the letters of the first five questions are tried, the others known: 1,024 keys, the right one among them
    found = set()
    for first in product(LETTERS, repeat=5):
        tried = "".join(first) + right[5:]
        written = tables_of_keys(whole.encode(), tried)
        assert tried != right or whole.encode("utf-8-sig") in written or whole.encode() in written, rows[0]
        if any(
            hashlib.sha256(data).hexdigest()[:LEAST] in there for data in (*written, *strings_of_keys(tried))
        ):
            found.add(tried)
    assert found == set()


def test_a_correction_is_not_told_by_the_seal_of_an_audit_without_it(gone: Gone) -> None:
    """An accreditation file leaves out what a correction says is right. Whoever puts the letter back in, and
    knows all else, has not what was sealed."""
    [name] = [one for one in gone.in_dossier() if one.endswith("run-0002/audit.json")]
    shown = json.loads(gone.texts[name])
    kept = json.loads((gone.exam / "results/runs/0002/audit.json").read_text())
    assert shown["seal"] == kept["seal"]
    assert "key" not in shown["corrections"][0]
    rebuilt = {key: value for key, value in shown.items() if key != "seal"}
    rebuilt |= {"corrections": kept["corrections"]}
    assert seal(rebuilt) != shown["seal"]
    assert seal({**rebuilt, "keyed": kept["keyed"]}) == shown["seal"], "all else is as it was"
    secret = set(kept["keyed"].values())
    assert len(secret) == 1
    assert {place for place, text in gone.in_dossier().items() for one in secret if one[:16] in text} == set()


def test_a_package_built_twice_has_the_same_files_and_other_digests(gone: Gone) -> None:
    """All digests of secure/ differ, those of nothing else: a plain one is the same in both."""
    again = gone.workspace / "twin"
    names = {path.relative_to(again).as_posix() for path in again.rglob("*") if path.is_file()}
    assert len(names) > 10
    differ = {name for name in names if (again / name).read_bytes() != (gone.exam / name).read_bytes()}
    assert differ == {"exam.yaml", "secure/digest.key"}
    was, now = (yaml.safe_load((folder / "exam.yaml").read_text("utf-8")) for folder in (gone.exam, again))
    assert {name for name in now["files"] if now["files"][name] == was["files"][name]} == {
        name for name in now["files"] if name.startswith("papers/")
    }
    assert was["bank"].pop("sha256") != now["bank"].pop("sha256")
    assert {name for name in now if now[name] != was[name]} == {"files"}
    there = set().union(*(beginnings(text) for text in gone.leaving().values()))
    assert digests((again / "secure/digest.key").read_bytes()) & there == set()


# ── what verify says ─────────────────────────────────────────────────────────────────────────


@pytest.fixture
def copy(gone: Gone, tmp_path: Path) -> Path:
    """A copy of the package in a workspace of its own."""
    workspace = Path(shutil.copytree(gone.workspace, tmp_path / "workspace", symlinks=True))
    return workspace / "output/X"


def verified(examgen: Examgen, exam: Path, status: int) -> Any:
    """What `verify` tells of a package."""
    return examgen("verify", exam, "--json", cwd=exam.parent, status=status).json


def test_without_secure_the_rest_is_checked_and_verify_says_so(examgen: Examgen, copy: Path) -> None:
    shutil.rmtree(copy / "secure")
    said = verified(examgen, copy, 0)
    assert [one["code"] for one in said["notes"]] == ["secure-missing"]
    assert any("secure/" in one for one in said["not_checked"])
    assert said["checked"]["runs"] == [1, 2]
    shown = examgen("verify", copy, cwd=copy.parent).out
    assert "The key is not here" in shown
    assert "every quota" not in shown
    booklet = copy / "papers/booklet-A.pdf"
    booklet.write_bytes(booklet.read_bytes() + b"\n")
    table = copy / "results/runs/0001/candidates.csv"
    table.chmod(0o600)
    table.write_bytes(table.read_bytes().replace(b"1", b"2", 1))
    codes = [one["code"] for one in verified(examgen, copy, 1)["problems"]]
    assert codes.count("file-changed") >= 2


@pytest.mark.parametrize(
    "data", [None, b"", bytes(32), bytes(range(31))], ids=["gone", "empty", "zeros", "short"]
)
def test_another_key_of_the_digests_is_found(examgen: Examgen, copy: Path, data: bytes | None) -> None:
    path = copy / "secure/digest.key"
    path.unlink() if data is None else path.write_bytes(data)
    ran = examgen("verify", copy, "--json", cwd=copy.parent, status=1)
    assert [one["source"] for one in ran.json["problems"] if one["source"].startswith("secure/")] == [
        "secure/digest.key"
    ]


def test_with_another_key_and_digests_to_match_the_runs_are_of_another_exam(
    examgen: Examgen, copy: Path
) -> None:
    import hmac

    other = bytes(range(32))
    (copy / "secure/digest.key").write_bytes(other)
    said = yaml.safe_load((copy / "exam.yaml").read_text("utf-8"))
    for name in said["files"]:
        if name.startswith("secure/"):
            said["files"][name] = hmac.new(other, (copy / name).read_bytes(), "sha256").hexdigest()
    write_yaml(copy / "exam.yaml", said)
    assert "package-changed" in {one["code"] for one in verified(examgen, copy, 1)["problems"]}


def test_a_package_may_be_moved(examgen: Examgen, copy: Path) -> None:
    moved = copy.rename(copy.parent / "another-name")
    assert verified(examgen, moved, 0)["problems"] == []
