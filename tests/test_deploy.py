"""What `deploy/` starts has no more rights than it needs, and its image is built of files that there are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

DEPLOY = Path(__file__).parents[1] / "deploy"


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]
    return found


@pytest.mark.parametrize("name", ["site", "backup", "caddy", "db"])
def test_a_service_writes_where_it_must_and_gains_no_rights(services: dict[str, Any], name: str) -> None:
    service = services[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "mem_limit" in service
    assert not service.get("privileged")


def test_strangers_reach_caddy_alone_and_site_and_database_reach_nobody_outside(
    services: dict[str, Any],
) -> None:
    networks = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["networks"]
    closed = {name for name, said in networks.items() if said.get("internal")}
    assert {name for name, one in services.items() if "ports" in one} == {"caddy"}
    assert all(set(services[name]["networks"]) <= closed for name in ("site", "backup", "db"))


def test_no_secret_stands_in_the_environment(services: dict[str, Any]) -> None:
    said = " ".join(str(one.get("environment")) for one in services.values())
    assert not re.search(r"://\w+:\w+@|PASSWORD(?!_FILE)", said)


def test_the_image_is_built_of_files_that_there_are_and_that_are_let_in(root: Path) -> None:
    let_in = [line[1:] for line in (root / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    copied = [
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", (DEPLOY / "Containerfile").read_text(), re.MULTILINE)
        for source in line.split()[:-1]
    ]
    assert copied
    for source in copied:
        assert any(source == one or source.startswith(f"{one}/") for one in let_in), source
        assert source.startswith("dist/") or (root / source).exists(), source
