"""Starting a pack, and finding it once it is installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from trace_gym.checks import CHECKS
from trace_gym.cli.main import main
from trace_gym.errors import UserError
from trace_gym.scaffold.pack import write_pack


def run(code: str, *paths: Path, arguments: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """Runs code in a fresh interpreter that finds the packages below `paths`."""
    found = os.pathsep.join(map(str, paths))
    return subprocess.run(
        [sys.executable, *arguments, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": found},
    )


def installed(folder: Path, target: str) -> Path:
    """What pip leaves behind for a pack: metadata that names its entry point."""
    info = folder / "some_pack-0.1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: some-pack\nVersion: 0.1\n")
    (info / "entry_points.txt").write_text(f"[trace_gym.envs]\nsome_pack = {target}\n")
    return folder


def test_a_new_pack_passes_its_own_tests(tmp_path: Path) -> None:
    folder, env_id = write_pack("my-lights", tmp_path)
    assert env_id == "my_lights/MyLights-v0"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder / "src")},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(CHECKS)} passed" in done.stdout


def test_an_installed_pack_is_found_listed_and_made(tmp_path: Path) -> None:
    folder, env_id = write_pack("my-lights", tmp_path)
    site = installed(tmp_path / "site", "my_lights")
    code = (
        "from trace_gym import make_env\nfrom trace_gym.cli.main import main\n"
        f"print(len(make_env({env_id!r}).tools)); main(['list', '--json'])"
    )
    done = run(code, folder / "src", site)
    assert done.returncode == 0, done.stderr
    count, _, listing = done.stdout.partition("\n")
    assert count == "2"
    rows = {row["id"]: row for row in json.loads(listing)}
    assert rows[env_id] == {
        "id": env_id,
        "reads": 1,
        "writes": 1,
        "levels": 3,
        "what": "Switch the lamps of some rooms; a room's lamp must be looked up first.",
    }
    assert "trace/ServiceDesk-v0" in rows


def test_a_broken_pack_is_named_and_left_out(tmp_path: Path) -> None:
    (tmp_path / "broken_pack.py").write_text("raise RuntimeError('no luck')\n")
    site = installed(tmp_path / "site", "broken_pack")
    done = run("import trace_gym; print('some_pack' in trace_gym.discover())", tmp_path, site)
    assert done.stdout == "False\n"
    assert "The environment pack 'some_pack' (broken_pack) cannot be imported: no luck." in done.stderr


@pytest.mark.parametrize("name", ["", "My-Lights", "3d", "a b", "-a", "a-", "a--b", "../a", "é"])
def test_malformed_names_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="must be lower-case words joined by"):
        write_pack(name, tmp_path)
    assert not list(tmp_path.iterdir())


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "taken").mkdir()
    assert main(["new", "taken", "--out", str(tmp_path)]) == 1
    assert "already exists; choose another name" in capsys.readouterr().err
    assert not list((tmp_path / "taken").iterdir())


def test_the_command_says_what_to_do_next(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "my-lights", "--out", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "pip install -e" in said
    assert "trace-gym play --env my_lights/MyLights-v0" in said
