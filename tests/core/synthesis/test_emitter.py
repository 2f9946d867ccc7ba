"""Turning blueprints into folders."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from trace_gym import UserError
from trace_gym.synthesis.emitter import emit
from trace_gym.synthesis.scan import scan_source
from trace_gym.synthesis.synthesizers.rendering import draft_of
from trace_gym.targets.service_desk.capabilities import CAPABILITIES

FILES = ["README.md", "blueprint.json", "env.py", "manifest.json", "tools.json"]
NAMES = sorted(CAPABILITIES)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("name", NAMES)
def test_emitting_twice_gives_the_same_bytes(name: str, mined: dict[str, Any], tmp_path: Path) -> None:
    first, second = emit(draft_of(mined[name]), tmp_path / "a"), emit(draft_of(mined[name]), tmp_path / "b")
    assert sorted(contents(first)) == FILES
    assert contents(first) == contents(second)
    assert contents(emit(draft_of(mined[name]), tmp_path / "a")) == contents(second)


@pytest.mark.parametrize("name", NAMES)
def test_emitted_code_is_clean(name: str, mined: dict[str, Any], tmp_path: Path) -> None:
    source = (emit(draft_of(mined[name]), tmp_path) / "env.py").read_text()
    assert scan_source(source) == []
    assert ast.get_docstring(ast.parse(source))


def test_the_folder_tells_what_it_is(blueprint: dict[str, Any], tmp_path: Path) -> None:
    folder = emit(draft_of(blueprint), tmp_path)
    assert folder == tmp_path / "service_desk_multi_step_completion"
    assert json.loads((folder / "blueprint.json").read_text()) == blueprint
    schemas = json.loads((folder / "tools.json").read_text())
    assert schemas == [tool["schema"] for tool in blueprint["tools"]]
    readme = (folder / "README.md").read_text()
    assert all(word in readme for word in (blueprint["env_id"], "set_shipping", "multi_step_completion"))


def test_an_invalid_blueprint_writes_nothing(blueprint: dict[str, Any], tmp_path: Path) -> None:
    blueprint["folder"] = "../up"
    with pytest.raises(UserError, match="at folder"):
        emit(draft_of(blueprint), tmp_path / "envs")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text", ['"""\nimport os\n"""', "\\", "{{ 1 }} {% endblock %}", "line\nbreak", "'\"'", "\u2028"]
)
def test_free_text_cannot_leave_its_docstring(blueprint: dict[str, Any], tmp_path: Path, text: str) -> None:
    blueprint["target"] = blueprint["capability"]["description"] = text
    source = (emit(draft_of(blueprint), tmp_path) / "env.py").read_text(encoding="utf-8")
    kinds = [type(node).__name__ for node in ast.parse(source).body]
    assert kinds == ["Expr", *["ImportFrom"] * 7, *["Assign"] * 3, "ClassDef"]
    assert scan_source(source) == []
