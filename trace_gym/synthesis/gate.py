"""The gate: generated code is checked in a sandboxed subprocess before this process ever imports it."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

from trace_gym.errors import UserError
from trace_gym.files import write_json

SCHEMA = "trace-gym/gate"
VERSION = 1
_ALLOWED_IMPORTS = (
    "__future__",
    "typing",
    "collections",
    "dataclasses",
    "json",
    "math",
    "re",
    "numpy",
    "trace_gym.env",
    "trace_gym.synthetic",
    "trace_gym.errors",
)
_FORBIDDEN_NAMES = frozenset(
    {"eval", "exec", "compile", "open", "globals", "locals", "vars", "breakpoint", "input"}
    | {"getattr", "setattr", "delattr", "__import__", "__builtins__", "__loader__", "__spec__"}
)
_FORBIDDEN_ATTRIBUTES = frozenset(
    {
        "sys",
        "os",
        "modules",
        "builtins",
        "importlib",
        "subprocess",
        "ctypes",
        "socket",
        "posix",
        "f_globals",
        "f_locals",
    }
)
_MODULES = ("env.py", "blueprint.json", "tools.json")
_SECONDS = 120
_MEMORY = 2 * 2**30


def folder_hash(folder: Path) -> str:
    """Returns the SHA-256 over the files that make up an emitted environment."""
    digest = hashlib.sha256()
    for name in _MODULES:
        digest.update(name.encode() + b"\0" + (folder / name).read_bytes() + b"\0")
    return digest.hexdigest()


def scan_source(source: str) -> list[str]:
    """Lists what generated code must not contain: foreign imports, dynamic execution, private attributes of others."""
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        return [f"line {error.lineno}: not valid Python: {error.msg}"]
    except (MemoryError, RecursionError, ValueError):
        return ["not valid Python: nested too deeply, or holding null bytes"]
    findings = []
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = ["." * node.level + (node.module or "")]
        for name in names:
            if not any(name == allowed or name.startswith(allowed + ".") for allowed in _ALLOWED_IMPORTS):
                findings.append(f"line {_line(node)}: import of {name!r} is not allowed")
        if isinstance(node, ast.Name) and node.id in _FORBIDDEN_NAMES:
            findings.append(f"line {node.lineno}: {node.id!r} is not allowed")
        if isinstance(node, ast.Attribute) and (node.attr.startswith("__") or node.attr in _FORBIDDEN_ATTRIBUTES):
            findings.append(f"line {node.lineno}: attribute {node.attr!r} is not allowed")
    return findings


def _line(node: ast.AST) -> int:
    return int(getattr(node, "lineno", 0))


def check_folder(folder: Path, *, seeds: int = 200) -> dict[str, Any]:
    """Checks an emitted environment in a sandbox and writes `gate.json` with the verdict and the hash.

    Args:
        folder: as `emitter.emit` returns it.
        seeds: episodes per policy.

    Returns:
        The content of `gate.json`.

    Raises:
        UserError: if it does not pass; the folder is kept for inspection, without `gate.json`.
    """
    missing = [name for name in _MODULES if not (folder / name).is_file()]
    if missing:
        raise UserError(f"{folder}: is no emitted environment, it has no {missing[0]}; run `trace-gym synthesize`.")
    (folder / "gate.json").unlink(missing_ok=True)
    before = folder_hash(folder)
    findings = scan_source((folder / "env.py").read_text(encoding="utf-8"))
    report: dict[str, Any] = {}
    if not findings:
        report = _run(folder, seeds)
        findings = report.pop("findings")
    if before != folder_hash(folder):
        findings.append("the folder changed while it was checked")
    if findings:
        raise UserError(f"{folder}: the environment does not pass the gate: {'; '.join(findings[:5])}.")
    verdict = {"schema": SCHEMA, "version": VERSION, "sha256": before, "seeds": seeds, **report}
    write_json(folder / "gate.json", verdict)
    return verdict


def passed(folder: Path) -> bool:
    """Whether the folder holds exactly what the gate let through."""
    try:
        verdict = json.loads((folder / "gate.json").read_text(encoding="utf-8"))
        current = isinstance(verdict, dict) and verdict.get("schema") == SCHEMA and verdict.get("version") == VERSION
        return bool(current and verdict.get("sha256") == folder_hash(folder))
    except (OSError, ValueError):
        return False


def _run(folder: Path, seeds: int) -> dict[str, Any]:
    """Runs the sandbox with no inherited environment, limited time and memory."""
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    command = [sys.executable, "-m", "trace_gym.synthesis.sandbox", str(folder.resolve()), str(seeds), str(_MEMORY)]
    nonce = secrets.token_hex(16)
    try:
        result = subprocess.run(
            command,
            env=environment,
            input=nonce + "\n",
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            cwd=folder,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"findings": [f"the checks took longer than {_SECONDS} s"]}
    if result.returncode != 0:
        last = (result.stderr.strip() or "no message").splitlines()[-1][:300]
        return {"findings": [f"the sandbox ended with code {result.returncode}: {last}"]}
    try:
        report: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        report = {}
    if not isinstance(report, dict) or report.pop("nonce", None) != nonce:
        return {"findings": ["the sandbox ended before its checks were done"]}
    return report
