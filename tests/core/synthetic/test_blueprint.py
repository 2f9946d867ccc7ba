"""Reading the blueprint beside a module."""

from __future__ import annotations

from pathlib import Path

import pytest

from trace_gym.synthetic.blueprint import load_blueprint


def test_the_blueprint_lies_beside_the_module(tmp_path: Path) -> None:
    (tmp_path / "blueprint.json").write_text('{"guidelines": "Grüße zuerst."}', encoding="utf-8")
    assert load_blueprint(str(tmp_path / "env.py")) == {"guidelines": "Grüße zuerst."}


def test_a_module_without_one_fails_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"blueprint\.json"):
        load_blueprint(str(tmp_path / "env.py"))
