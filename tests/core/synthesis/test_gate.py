"""The gate: what it lets through, and what it must not."""

from __future__ import annotations

import json
import os
import py_compile
import shutil
from pathlib import Path
from typing import Any

import gymnasium as gym
import pytest

from trace_gym import UserError, register_folder
from trace_gym.synthesis.emitter import emit
from trace_gym.synthesis.gate import check_folder
from trace_gym.synthesis.scan import scan_source
from trace_gym.synthesis.synthesizers.rendering import draft_of
from trace_gym.synthesis.verdict import folder_hash, passed

from ..conftest import Emitted

FORGED = {"findings": [], "checks": [], "learnability": {}, "digest": []}
OS = 're.enum.sys.modules["os"]'


@pytest.fixture
def folder(emitted: dict[str, Emitted], tmp_path: Path) -> Path:
    """A copy of an environment that has passed."""
    return Path(shutil.copytree(emitted["multi_step_completion"].folder, tmp_path / "env"))


def append(folder: Path, code: str) -> None:
    path = folder / "env.py"
    path.write_text(path.read_text() + "\n\n" + code + "\n")


def rejected(folder: Path) -> str:
    """Why the gate refuses a folder."""
    with pytest.raises(UserError, match="does not pass the gate") as caught:
        check_folder(folder, tasks=3)
    assert not (folder / "gate.json").exists()
    assert not passed(folder)
    return str(caught.value)


@pytest.mark.parametrize(
    ("code", "finding"),
    [
        ("import os", "line 1: import of 'os' is not allowed"),
        ("import socket", "import of 'socket'"),
        ("import numpy, subprocess", "import of 'subprocess'"),
        ("from os import path", "import of 'os'"),
        ("from os.path import join", "import of 'os.path'"),
        ("import importlib", "import of 'importlib'"),
        ("from . import other", "import of '.'"),
        ("from trace_gym.synthesis import gate", "import of 'trace_gym.synthesis'"),
        ("import jsonschema", "import of 'jsonschema'"),
        ("x = 1\ndef f():\n    import os", "line 3: import of 'os'"),
        ("open('x')", "'open' is not allowed"),
        ("f = open", "'open' is not allowed"),
        ("eval('1')", "'eval' is not allowed"),
        ("exec('1')", "'exec' is not allowed"),
        ("compile('1', '', 'eval')", "'compile' is not allowed"),
        ("__import__('os')", "'__import__' is not allowed"),
        ("globals()", "'globals' is not allowed"),
        ("().__class__", "attribute '__class__' is not allowed"),
        ("x.__globals__['os']", "attribute '__globals__'"),
        ("__builtins__['open']('x', 'w')", "'__builtins__'"),
        ("getattr((), '__class__')", "'getattr'"),
        ("def f(:", "line 1: not valid Python"),
        ("x = '\0'", "not valid Python"),
        ("-" * 50_000 + "1", "not valid Python"),
    ],
)
def test_the_scan_finds_what_is_not_allowed(code: str, finding: str) -> None:
    findings = scan_source(code)
    assert len(findings) >= 1
    assert finding in findings[0]


@pytest.mark.parametrize(
    "code",
    [
        "",
        "import json, math, re",
        "from numpy.random import Generator",
        "from trace_gym.env.task import Fact",
        "x = [].append",
    ],
)
def test_the_scan_lets_harmless_code_through(code: str) -> None:
    assert scan_source(code) == []


def test_what_has_passed_is_known_by_its_hash(emitted: dict[str, Emitted]) -> None:
    for entry in emitted.values():
        assert passed(entry.folder)
        assert entry.verdict["sha256"] == folder_hash(entry.folder)
    assert len({entry.verdict["sha256"] for entry in emitted.values()}) == len(emitted)


@pytest.mark.parametrize("name", ["env.py", "blueprint.json", "tools.json", "manifest.json"])
def test_an_edit_after_the_gate_is_noticed(folder: Path, name: str) -> None:
    (env_id,) = register_folder(folder)
    gym.make(env_id)
    with (folder / name).open("a") as stream:
        stream.write("\n")
    assert not passed(folder)
    with pytest.raises(UserError, match="changed since it passed the gate"):
        gym.make(env_id)


@pytest.mark.parametrize("verdict", ["", "[]", "{}", '{"sha256": 3}', "nonsense"])
def test_a_faulty_verdict_is_none(folder: Path, verdict: str) -> None:
    (folder / "gate.json").write_text(verdict)
    assert not passed(folder)


def test_code_that_the_scan_refuses_never_runs(folder: Path, tmp_path: Path) -> None:
    append(folder, f"import os\nos.mkdir({str(tmp_path / 'made')!r})")
    assert "import of 'os' is not allowed" in rejected(folder)
    assert not (tmp_path / "made").exists()


def test_files_cannot_be_written_through_numpy(folder: Path, tmp_path: Path) -> None:
    append(folder, f"import numpy as np\nnp.save({str(tmp_path / 'x.npy')!r}, np.zeros(3))")
    assert "denies writing" in rejected(folder)
    assert not (tmp_path / "x.npy").exists()


def test_files_cannot_be_emptied_through_os_open(folder: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim.txt"
    victim.write_text("precious")
    append(folder, f"import re\n{OS}.open({str(victim)!r}, 577)  # O_WRONLY | O_CREAT | O_TRUNC")
    rejected(folder)
    assert victim.read_text() == "precious"


def test_files_cannot_be_made_through_sqlite(folder: Path, tmp_path: Path) -> None:
    load = 're.enum.sys.modules["importlib"].import_module("sqlite3")'
    append(folder, f"import re\n{load}.connect({str(tmp_path / 'x.db')!r})")
    rejected(folder)
    assert not (tmp_path / "x.db").exists()


_ATTEMPTS = """
import re
MODULES = re.enum.sys.modules
OS = MODULES["os"]
ATTEMPTS = (
    lambda: OS.system("true"),
    lambda: OS.fork(),
    lambda: OS.execv("/bin/true", ["true"]),
    lambda: OS.kill(OS.getpid(), 0),
    lambda: OS.mkdir("made"),
    lambda: OS.remove("env.py"),
    lambda: OS.rename("env.py", "gone"),
    lambda: OS.chmod("env.py", 0),
    lambda: OS.chown("env.py", OS.getuid(), OS.getgid()),
    lambda: OS.utime("env.py", (0, 0)),
    lambda: OS.truncate("env.py", 0),
    lambda: OS.symlink("env.py", "made"),
    lambda: MODULES["io"].open("made", "w"),
    lambda: MODULES["pathlib"].Path("made").touch(),
    lambda: MODULES["importlib"].import_module("socket").socket(),
    lambda: MODULES["importlib"].import_module("subprocess").run(["true"]),
    lambda: MODULES["importlib"].import_module("shutil").rmtree("."),
    lambda: MODULES["importlib"].import_module("ctypes").CDLL(None),
    lambda: MODULES["resource"].setrlimit(MODULES["resource"].RLIMIT_FSIZE, (0, 0)),
)
allowed = []
for number, attempt in enumerate(ATTEMPTS):
    try:
        attempt()
    except PermissionError as error:
        if "sandbox denies" in str(error):
            continue
    except OSError:
        pass
    allowed.append(number)
if allowed:
    raise RuntimeError(f"these attempts were allowed: {allowed}")
"""


@pytest.fixture
def unscanned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Switches the source scan off, so that the sandbox alone has to hold."""
    monkeypatch.setattr("trace_gym.synthesis.gate.scan_source", lambda source: [])


def test_processes_network_and_changes_of_files_are_denied(folder: Path, unscanned: None) -> None:
    before = sorted(path.name for path in folder.iterdir())
    append(folder, _ATTEMPTS)
    assert check_folder(folder, tasks=3)["tasks"] == 3
    assert sorted(path.name for path in folder.iterdir()) == before


@pytest.mark.parametrize("ending", ["raise SystemExit(0)", f"import re\n{OS}._exit(0)"])
def test_a_forged_report_does_not_pass(folder: Path, ending: str, unscanned: None) -> None:
    append(folder, f"print({json.dumps(FORGED)!r}, flush=True)\n{ending}")
    rejected(folder)


def test_an_exit_without_a_report_is_one_sentence(folder: Path) -> None:
    append(folder, "raise SystemExit(0)")
    rejected(folder)


def test_an_edited_environment_may_pass_again_whatever_it_prints(folder: Path) -> None:
    append(folder, 'print("hello")\nprint("{}")')
    assert not passed(folder)
    assert check_folder(folder, tasks=3)["tasks"] == 3
    assert passed(folder)


def test_the_source_is_checked_and_not_a_stale_cache(folder: Path) -> None:
    path = folder / "env.py"
    when = path.stat().st_mtime_ns
    py_compile.compile(str(path))
    source = path.read_text()
    path.write_text(source.replace("max(0, done - 1)", "max(0, done - 9)"))
    os.utime(path, ns=(when, when))
    assert path.read_text() != source
    assert "solution.oracle" in rejected(folder)


def test_an_import_that_fails_is_named(folder: Path) -> None:
    append(folder, "1 / 0")
    assert "ZeroDivisionError" in rejected(folder)


def test_an_oracle_that_fails_is_named(folder: Path) -> None:
    append(folder, "    def exercised(self, episode: Episode) -> float:\n        return 0.0")
    assert "solution.oracle: The solution of task 0" in rejected(folder)


def test_a_reward_for_nothing_is_named(folder: Path) -> None:
    append(folder, "    def terms(self, episode):\n        return dict.fromkeys(('exercised', 'no_collateral'), 1.0)")
    found = rejected(folder)
    assert "adversary.silent" in found
    assert "earns 1.00 on average" in found


def test_tasks_that_do_not_repeat_are_named(folder: Path) -> None:
    code = """
    def make_task(self, rng, split, difficulty):
        import numpy
        return super().make_task(numpy.random.default_rng(), split, difficulty)
"""
    append(folder, code)
    assert "determinism.same_seed" in rejected(folder)


def test_a_tool_with_an_argument_named_state_passes(blueprint: dict[str, Any], tmp_path: Path) -> None:
    """Real targets have one: the state of an address."""
    tool = next(tool for tool in blueprint["tools"] if tool["name"] == "set_shipping")
    parameters = tool["schema"]["function"]["parameters"]
    for name in ("state", "self", "tool"):
        parameters["properties"][name] = {"type": "string"}
        parameters["required"].append(name)
        tool["arguments"][name] = {"kind": "choice", "values": ["NY", "CA"]}
    blueprint["roles"]["asked_arguments"] = ["state", "self", "tool"]
    blueprint["roles"]["requests"] = ["Ship {ids}, {state}, {self}, {tool}."]
    assert check_folder(emit(draft_of(blueprint), tmp_path), tasks=3)["tasks"] == 3


@pytest.mark.parametrize("names", [("step", "class", "a.b"), ("reset", "terms", "close")])
def test_a_tool_may_bear_any_name(blueprint: dict[str, Any], tmp_path: Path, names: tuple[str, ...]) -> None:
    others = [tool for tool in blueprint["tools"] if tool["name"] not in blueprint["roles"]["tools"]]
    for tool, name in zip(others, names, strict=True):
        tool["name"] = tool["schema"]["function"]["name"] = name
    folder = emit(draft_of(blueprint), tmp_path)
    assert scan_source((folder / "env.py").read_text()) == []
    assert check_folder(folder, tasks=3)["tasks"] == 3


@pytest.mark.parametrize("missing", ["env.py", "blueprint.json", "tools.json", "manifest.json"])
def test_an_incomplete_folder_is_one_sentence(folder: Path, missing: str) -> None:
    (folder / missing).unlink()
    with pytest.raises(UserError, match=r"env"):
        check_folder(folder, tasks=3)
    assert not passed(folder)


def test_a_missing_folder_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="none"):
        check_folder(tmp_path / "none")
