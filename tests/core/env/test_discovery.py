"""Finding installed packs of environments."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from trace_gym.env import discovery


@pytest.fixture
def packs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of modules; entry points name `<file>` and `<file>:Class` of each, in reverse order."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def entry_points(group: str) -> list[EntryPoint]:
        assert group == "trace_gym.envs"
        names = sorted((path.stem for path in tmp_path.glob("*.py")), reverse=True)
        return [EntryPoint(name, f"{name}:Env", group) for name in names]

    monkeypatch.setattr(discovery, "entry_points", entry_points)
    discovery.discover.cache_clear()
    yield tmp_path
    discovery.discover.cache_clear()
    for path in tmp_path.glob("*.py"):
        sys.modules.pop(path.stem, None)


def test_packs_are_imported_in_the_order_of_their_names(packs: Path) -> None:
    (packs / "pack_b.py").write_text("")
    (packs / "pack_a.py").write_text("")
    assert discovery.discover() == ("pack_a", "pack_b")
    assert "pack_a" in sys.modules


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("raise RuntimeError('no luck\\nat all')", "no luck"),
        ("raise KeyError", "KeyError"),
        ("import nothing_of_that_name", "No module named 'nothing_of_that_name'"),
        ("def", "invalid syntax"),
    ],
)
def test_a_pack_that_fails_is_named_and_the_others_are_kept(packs: Path, source: str, reason: str) -> None:
    (packs / "pack_c.py").write_text(source)
    (packs / "pack_d.py").write_text("")
    with pytest.warns(UserWarning, match=f"'pack_c' .* cannot be imported: {reason}"):
        assert discovery.discover() == ("pack_d",)


def test_packs_are_imported_once(packs: Path) -> None:
    assert discovery.discover() == ()
    (packs / "pack_e.py").write_text("")
    assert discovery.discover() == ()
