"""Archives that were made to fill the memory or the disk, or to write where they should not."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path
from types import SimpleNamespace

import pytest

from examgen.core import archives, foreign
from examgen.core.archives import ArchiveFault, is_plain, open_zip
from examgen.core.problems import Refused


def zipped(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def overlapping(n: int = 50, size: int = 1 << 20) -> bytes:
    """A zip whose members all have the same packed bytes, as that of David Fifield (2019) in its simplest
    form: each byte of the file counts `n` times."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(bytes(size)) + packer.flush()
    check = zlib.crc32(bytes(size))
    local = b""
    entries = []
    for k in range(n):
        name = b"a%03d" % k
        entries.append(
            struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", 20, 20, 0, 8, 0, 33, check, len(packed), size,
                        len(name), 0, 0, 0, 0, 0, 0) + name
        )  # fmt: skip
        if not local:
            told = (20, 0, 8, 0, 33, check, len(packed), size, len(name), 0)
            local = struct.pack("<4sHHHHHIIIHH", b"PK\3\4", *told) + name + packed
    listed = b"".join(entries)
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, n, n, len(listed), len(local), 0)
    return local + listed + end


def code(data: bytes, **bounds: int) -> str:
    with pytest.raises(ArchiveFault) as fault, open_zip(io.BytesIO(data), **bounds):
        pass
    return fault.value.code


def test_members_that_lie_over_each_other_are_refused() -> None:
    with zipfile.ZipFile(io.BytesIO(overlapping())) as archive:
        assert len(archive.infolist()) == 50
    assert code(overlapping()) == "overlapping"
    with pytest.raises(Refused) as fault:
        foreign.Archive(overlapping(), "bomb.zip")
    assert fault.value.problems[0].code == "overlapping"


def test_whole_archives_are_opened_whatever_their_order_and_with_words_before_and_behind() -> None:
    data = zipped(("b.txt", b"b" * 1000), ("ห้อง 1/a.txt", b""), ("dir/", b""))
    for one in (data, b"#!/bin/sh\n" + data):
        with open_zip(io.BytesIO(one)) as archive:
            assert archive.namelist() == ["b.txt", "ห้อง 1/a.txt", "dir/"]


def test_a_zip_that_is_as_long_as_only_zip64_can_be_is_opened(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as archive:
        for n in range(66_000):
            archive.writestr(zipfile.ZipInfo(f"{n}"), b"")
    with open_zip(tmp_path / "many.zip", most_members=100_000) as archive:
        assert len(archive.infolist()) == 66_000
    assert code((tmp_path / "many.zip").read_bytes()) == "too-many"


def test_a_list_of_members_that_would_fill_the_memory_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    data = zipped(*((f"{n}", b"") for n in range(400)))
    monkeypatch.setattr(zipfile.ZipFile, "__init__", None)
    assert code(data, most_members=20) == "too-many"
    # what stands in the end of a zip64 counts, whatever the end behind it says
    end = data.rindex(b"PK\5\6")
    size, at = struct.unpack_from("<II", data, end + 12)
    large = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, 400, 400, size, at)
    place = struct.pack("<4sIQI", b"PK\6\7", 0, end, 1)
    small = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 1, 1, 46, at, 0)
    assert code(data[:end] + large + place + small, most_members=20) == "too-many"


def test_what_unpacks_to_more_than_it_may_is_refused_before() -> None:
    assert code(zipped(("a", bytes(2000)), ("b", bytes(2000))), most_bytes=3000) == "too-large"
    assert code(b"PK\3\4" + bytes(100)) == "damaged"
    assert code(zipped(("a", b"a"))[:-30]) == "damaged"


def test_a_member_that_is_longer_than_it_says_is_not_read() -> None:
    data = bytearray(zipped(("item.xml", bytes(1 << 20))))
    for sign, place in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        at = data.index(sign) + place
        data[at : at + 4] = (100).to_bytes(4, "little")
    with pytest.raises(Refused):
        foreign.Archive(bytes(data), "longer.zip").read("item.xml")


@pytest.mark.parametrize(
    "name",
    ["../a", "a/../b", "/a", "C:a", "C:/a", "a\\b", "a\0b", "a\nb", "a\u202eb", "a\u2066", "a\x9b", "a ", " a",
     "a /b", "", "a//b", "./a", "a/.", "a\ud800", "\u200f", "a/" * 600 + "a", "ก" * 300],
)  # fmt: skip
def test_names_that_lead_elsewhere_or_look_like_others_are_told(name: str) -> None:
    assert not is_plain(name)


@pytest.mark.parametrize("name", ["a", "ห้อง 1/น้ำ.png", "a b.c", "สอบ\u200bไทย.pdf", "..a", "a..", "😀.png"])
def test_names_that_people_give_are_plain(name: str) -> None:
    assert is_plain(name)


def test_other_programs_archives_name_members_that_are_not_read() -> None:
    found = foreign.Archive(
        zipped(("a\u202e.xml", b""), ("dir\\b.xml", b""), ("../c.xml", b""), ("d.xml ", b"")), "q.zip"
    )
    assert list(found.members) == ["dir/b.xml"]
    assert len(found.outside) == 3


def test_scans_that_the_disk_has_no_room_for_are_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from examgen.scanning.input.files import unpacked

    (tmp_path / "scans.zip").write_bytes(zipped(("a.png", b"\x89PNG\r\n\x1a\n" + bytes(1000))))
    (into := tmp_path / "into").mkdir()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=archives.SPARE_BYTES + 500))
    (found,) = unpacked(tmp_path / "scans.zip", "scans.zip", into)
    assert found.fault == "no-room"
    assert not list(into.iterdir())


def test_scans_by_names_that_lead_elsewhere_and_that_overlap_are_not_unpacked(tmp_path: Path) -> None:
    from examgen.scanning.input.files import unpacked

    page = b"\x89PNG\r\n\x1a\n" + bytes(100)
    (tmp_path / "a.zip").write_bytes(zipped(("../a.png", page), ("b\u202e.png", page), ("c.png", page)))
    (into := tmp_path / "into").mkdir()
    faults = {one.name.rpartition("/")[2]: one.fault for one in unpacked(tmp_path / "a.zip", "a.zip", into)}
    assert list(faults.values()) == ["unsafe-name", "unsafe-name", ""]
    (tmp_path / "b.zip").write_bytes(overlapping())
    assert [one.fault for one in unpacked(tmp_path / "b.zip", "b.zip", into)] == ["unpacks-too-large"]


@pytest.mark.parametrize("kind", ["sparse", "link", "symlink", "device", "fifo"])
def test_a_backup_has_files_alone(tmp_path: Path, kind: str) -> None:
    """Also no sparse ones: ten kilobytes of them would fill the disk."""
    from examgen.site.operation.backup import MANIFEST, restore

    entry = tarfile.TarInfo("workspace/a.txt")
    entry.type = {
        "sparse": tarfile.GNUTYPE_SPARSE, "link": tarfile.LNKTYPE, "symlink": tarfile.SYMTYPE,
        "device": tarfile.CHRTYPE, "fifo": tarfile.FIFOTYPE,
    }[kind]  # fmt: skip
    entry.linkname = "/etc/passwd"
    head = bytearray(entry.tobuf(tarfile.GNU_FORMAT))
    if kind == "sparse":  # one byte at the end of 40 GB
        size = 40 << 30  # told
        head[386:410] = b"%011o\0%011o\0" % (0, 0)
        head[483:495] = b"\x80" + size.to_bytes(11, "big")
        head[148:156] = b" " * 8
        head[148:156] = b"%06o\0 " % sum(head)
    said = json.dumps({"files": {"workspace/a.txt": "0", "site.sqlite3": "0"}, "folders": {}}).encode()
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        manifest = tarfile.TarInfo(MANIFEST)
        manifest.size = len(said)
        archive.addfile(manifest, io.BytesIO(said))
    (tmp_path / "b.tar.gz").write_bytes(gzip.compress(bytes(head) + out.getvalue()))
    with pytest.raises(Refused) as fault:
        restore(tmp_path / "b.tar.gz", tmp_path / "put")
    told = " ".join([str(fault.value.message), *(str(one.message) for one in fault.value.problems)])
    assert "does not belong to it" in told or "no backup has" in told
    assert not (tmp_path / "put").exists()


def test_a_backup_that_the_disk_has_no_room_for_is_refused_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from examgen.site.operation.backup import restore

    with tarfile.open(tmp_path / "b.tar.gz", "w:gz") as archive:
        entry = tarfile.TarInfo("workspace/a.txt")
        entry.size = 10_000_000
        archive.addfile(entry, io.BytesIO(bytes(entry.size)))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=archives.SPARE_BYTES + 500))
    with pytest.raises(Refused, match="disk has"):
        restore(tmp_path / "b.tar.gz", tmp_path / "put")
    assert not (tmp_path / "put").exists()


def test_attributes_that_fill_the_memory_are_not_read(tmp_path: Path) -> None:
    from examgen.site.operation.backup import restore

    entry = tarfile.TarInfo("workspace/a.txt")
    entry.type, entry.size = tarfile.XHDTYPE, 8 << 30
    (tmp_path / "b.tar.gz").write_bytes(gzip.compress(entry.tobuf(tarfile.GNU_FORMAT) + bytes(2048)))
    with pytest.raises(Refused, match="no backup has"):
        restore(tmp_path / "b.tar.gz", tmp_path / "put")
