"""Codes: what was changed is found, whoever else signed is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examgen.core.problems import Refused
from examgen.core.signing.codes import SignedStatement, signed, verified
from examgen.core.signing.keys import make_keys, read_private, read_public
from tests.effort import examples

SAID = SignedStatement(
    "ASM-REE-5-059ZB-L4",
    "2 e6fa5fc6c3db42fc",
    "ก-007",
    "สมหญิง ใจดี",
    "A",
    "pass",
    "31",
    "40",
    "3/5 4/5 5/5",
)


@pytest.fixture
def keys(tmp_path: Path):
    made = {}
    for name, body in (("own", "สถาบันคุณวุฒิวิชาชีพ"), ("other", "Another body")):
        path, public = make_keys(tmp_path / f"{name}.pem", body)
        assert read_public(path) == public
        made[name] = (read_private(tmp_path / f"{name}.pem").codes, public)
    return made


def test_what_was_signed_is_read_back(keys):
    private, public = keys["own"]
    code = signed(SAID, private)
    assert code == signed(SAID, private)
    assert verified(code, [keys["other"][1], public]) == (SAID, public)
    assert set(code) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")


def test_a_changed_digit_is_found(keys):
    private, public = keys["own"]
    code = signed(SAID, private)
    forged = signed(SAID._replace(score="39"), keys["other"][0])
    body, tail = code[: len(code) // 2], code[len(code) // 2 :]
    for other in (body + forged[len(body) :], forged[: len(body)] + tail):
        with pytest.raises(Refused):
            verified(other, [public])


@settings(max_examples=examples(60), deadline=None)
@given(place=st.integers(0, 10_000), char=st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"))
def test_no_character_can_be_changed(place, char, tmp_path_factory):
    private, public = _keys(tmp_path_factory)
    code = signed(SAID, private)
    place %= len(code)
    changed = code[:place] + char + code[place + 1 :]
    if changed == code:
        assert verified(changed, [public])[0] == SAID
        return
    with pytest.raises(Refused):
        verified(changed, [public])


_MADE: list = []


def _keys(factory):
    if not _MADE:
        folder = factory.mktemp("keys")
        _, public = make_keys(folder / "k.pem", "B")
        _MADE.append((read_private(folder / "k.pem").codes, public))
    return _MADE[0]


def test_the_key_of_another_body_is_refused_by_its_number(keys):
    code = signed(SAID, keys["other"][0])
    with pytest.raises(Refused) as refused:
        verified(code, [keys["own"][1]])
    assert keys["other"][1].key_id in refused.value.message
    assert "สถาบันคุณวุฒิวิชาชีพ" in refused.value.message
    assert refused.value.problems[0].code == "key-unknown"


@pytest.mark.parametrize("text", ["", "EG1:", "EG1:é", "hello", "EG1:::::::", "EG1:" + "0" * 500])
def test_what_is_no_code(text, keys):
    with pytest.raises(Refused):
        verified(text, [keys["own"][1]])
