"""README and docs: their Python runs, their commands exist, their files are there."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/**/*.md")])
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
PYTHON = [
    (path, code)
    for path in DOCUMENTS
    if path.parent.name != "results"
    for kind, code in BLOCK.findall(path.read_text())
    if kind == "python"
]


@pytest.mark.parametrize(("path", "code"), PYTHON, ids=[f"{p.name}-{i}" for i, (p, _) in enumerate(PYTHON)])
def test_python_blocks_run(path, code, tmp_path):
    script = tmp_path / "block.py"
    script.write_text(code)
    strictness = "ignore" if "import GRPO" in code else "error"  # TRL warns of its own deprecations
    done = subprocess.run([sys.executable, "-W", strictness, str(script)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-1500:]


def test_there_are_python_blocks():
    assert len(PYTHON) >= 3


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.name)
def test_commands_exist(path):
    known = {entry.name for entry in entry_points(group="trace_gym.commands")}
    named = set(re.findall(r"trace-gym ([a-z]+) ", path.read_text()))
    assert not {name for name in named if name not in known and name not in ("JSONL", "blueprint")}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.name)
def test_links_lead_somewhere(path):
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text()):
        if "://" not in target:
            assert (path.parent / target).exists(), target


def test_contributing_lists_the_rooms_that_are_checked():
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = configuration["tool"]["importlinter"]["contracts"]
    rooms = []
    for contract in contracts:
        if contract["type"] == "layers":
            rooms.append(f"    {contract['containers'][0]}:")
            rooms += [f"      {layer}" for layer in contract["layers"]]
    assert "\n".join(rooms) in (ROOT / "CONTRIBUTING.md").read_text()
