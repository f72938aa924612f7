"""Control files and data files in the manner of Iteman."""

from __future__ import annotations

import pytest

from examgen.capture.iteman import is_iteman_data, read_control, read_iteman_data
from examgen.capture.response_files import as_choices
from examgen.core.problems import Refused
from examgen.core.responses.matrix import NOT_REACHED, OMITTED

OLD = """4 0 N 03
ADCB
4444
yyny
001ADCB
002A0CN
003BD
"""


def test_data_with_its_key():
    assert is_iteman_data(OLD.encode())
    assert not is_iteman_data(b"id,I1\n1,0\n")
    found = read_iteman_data("old.dat", OLD.encode())
    chosen, _ = as_choices(found.table, found.key, {found.omitted: OMITTED, found.not_reached: NOT_REACHED})
    assert chosen.items == ("Item1", "Item2", "Item4")
    assert found.n_options == {"Item1": 4, "Item2": 4, "Item4": 4}
    assert chosen.candidates == ("001", "002", "003")
    assert chosen.scored(omitted_wrong=False).cells.tolist() == [
        [1, 1, 1],
        [1, OMITTED, NOT_REACHED],
        [0, 1, OMITTED],
    ]


def test_heads_that_do_not_fit_are_named_together():
    with pytest.raises(Refused) as refused:
        read_iteman_data("old.dat", OLD.replace("ADCB\n4444", "ADC\n44444").encode())
    assert [problem.source for problem in refused.value.problems] == ["old.dat:2", "old.dat:3"]


def test_a_row_that_is_too_long_is_named():
    with pytest.raises(Refused) as refused:
        read_iteman_data("old.dat", (OLD + "004ADCBA\n").encode())
    assert [problem.source for problem in refused.value.problems] == ["old.dat:8"]


@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_control_file(delimiter):
    text = "I1,B,4,Safety,Y,M\nI2,AC,4,Safety,P,M\nI3,D,4,Law,N,M\nI4,,5,Law,Y,R\n".replace(",", delimiter)
    first, second, rated = read_control("c.txt", text.encode())
    assert (first.item, first.key, first.domain, first.is_scored) == ("I1", {"B"}, "Safety", True)
    assert (second.key, second.is_scored) == ({"A", "C"}, False)
    assert (rated.item, rated.is_choice, rated.n_options) == ("I4", False, 5)


def test_faults_of_a_control_file_all_at_once():
    text = "I1,B,4,Safety,Y\nI2,,4,x,Y,M\nI3,B,four,x,Y,M\nI4,B,4,x,Z,M\nI5,B,4,x,Y,Q\nI6,B,4,x,Y,M\nI6,B,4,x,Y,M\n"
    with pytest.raises(Refused) as refused:
        read_control("c.txt", text.encode())
    assert [problem.source for problem in refused.value.problems] == [
        f"c.txt:{n}" for n in (1, 2, 3, 4, 5, 7)
    ]
