"""Keys and codes: what was changed is found, whoever else signed is refused, the private key stays where it is."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examgen import signing
from examgen.problems import Refused, WrongUsage

SAID = signing.Statement(
    "ASM-REE-5-059ZB-L4",
    "2 e6fa5fc6c3db42fc",
    "ก-007",
    "สมหญิง ใจดี",
    "A",
    "pass",
    "31",
    "40",
    "3/5 4/5 5/5",
    "AP8A/wD/AP8A/wD/",
)


@pytest.fixture
def keys(tmp_path: Path):
    made = {}
    for name, body in (("own", "สถาบันคุณวุฒิวิชาชีพ"), ("other", "Another body")):
        path, public = signing.make_keys(tmp_path / f"{name}.pem", body)
        assert signing.read_public(path) == public
        made[name] = (signing.read_private(tmp_path / f"{name}.pem"), public)
    return made


def test_what_was_signed_is_read_back(keys):
    private, public = keys["own"]
    code = signing.signed(SAID, private)
    assert code == signing.signed(SAID, private)
    assert signing.verified(code, [keys["other"][1], public]) == (SAID, public)
    assert set(code) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")


def test_a_changed_digit_is_found(keys):
    private, public = keys["own"]
    code = signing.signed(SAID, private)
    forged = signing.signed(SAID._replace(score="39"), keys["other"][0])
    body, tail = code[: len(code) // 2], code[len(code) // 2 :]
    for other in (body + forged[len(body) :], forged[: len(body)] + tail):
        with pytest.raises(Refused):
            signing.verified(other, [public])


@settings(max_examples=60, deadline=None)
@given(place=st.integers(0, 10_000), char=st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"))
def test_no_character_can_be_changed(place, char, tmp_path_factory):
    private, public = _keys(tmp_path_factory)
    code = signing.signed(SAID, private)
    place %= len(code)
    changed = code[:place] + char + code[place + 1 :]
    if changed == code:
        assert signing.verified(changed, [public])[0] == SAID
        return
    with pytest.raises(Refused):
        signing.verified(changed, [public])


_MADE: list = []


def _keys(factory):
    if not _MADE:
        folder = factory.mktemp("keys")
        _, public = signing.make_keys(folder / "k.pem", "B")
        _MADE.append((signing.read_private(folder / "k.pem"), public))
    return _MADE[0]


def test_the_key_of_another_body_is_refused_by_its_number(keys):
    code = signing.signed(SAID, keys["other"][0])
    with pytest.raises(Refused) as refused:
        signing.verified(code, [keys["own"][1]])
    assert keys["other"][1].key_id in refused.value.message
    assert "สถาบันคุณวุฒิวิชาชีพ" in refused.value.message
    assert refused.value.problems[0].code == "key-unknown"


def test_a_public_key_with_another_body_s_number_is_refused(keys, tmp_path):
    text = signing.public_bytes(keys["own"][1]).decode()
    path = tmp_path / "k.json"
    path.write_text(text.replace(keys["own"][1].key_id, keys["other"][1].key_id), "utf-8")
    with pytest.raises(Refused) as refused:
        signing.read_public(path)
    assert refused.value.problems[0].code == "public-key-damaged"


@pytest.mark.skipif(os.name != "posix", reason="modes of files")
def test_the_private_key_is_for_its_owner_alone(tmp_path):
    signing.make_keys(tmp_path / "k.pem", "B")
    assert stat.S_IMODE((tmp_path / "k.pem").stat().st_mode) == 0o600
    secret = (tmp_path / "k.pem").read_bytes()
    assert secret.splitlines()[1] not in (tmp_path / "k.public.json").read_bytes()
    (tmp_path / "k.pem").chmod(0o640)
    with pytest.raises(Refused, match="chmod 600"):
        signing.read_private(tmp_path / "k.pem")


def test_a_key_is_never_replaced(tmp_path):
    signing.make_keys(tmp_path / "k.pem", "B")
    before = (tmp_path / "k.pem").read_bytes()
    with pytest.raises(WrongUsage):
        signing.make_keys(tmp_path / "k.pem", "B")
    assert (tmp_path / "k.pem").read_bytes() == before


def test_passphrase(tmp_path):
    signing.make_keys(tmp_path / "k.pem", "B", b"secret")
    assert signing.read_private(tmp_path / "k.pem", b"secret")
    for wrong in (None, b"other"):
        with pytest.raises(Refused):
            signing.read_private(tmp_path / "k.pem", wrong)


@pytest.mark.parametrize("text", ["", "EG1:", "EG1:é", "hello", "EG1:::::::", "EG1:" + "0" * 500])
def test_what_is_no_code(text, keys):
    with pytest.raises(Refused):
        signing.verified(text, [keys["own"][1]])
