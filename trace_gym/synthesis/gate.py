"""The gate: generated code is checked in a locked-down process before this process ever imports it."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from trace_gym.errors import UserError
from trace_gym.synthesis.draft import MODULE
from trace_gym.synthesis.manifest import read_manifest
from trace_gym.synthesis.scan import scan_source
from trace_gym.synthesis.verdict import VERDICT, folder_hash, write_verdict

TASKS = 16
"""Tasks looked at per split, as `trace-gym check` does."""
_FEW_TASKS = 4
"""Tasks looked at where the environment is too slow for more."""
_SECONDS = 15
"""Wall clock of one attempt: two of them stay within 30 s."""
_MEMORY = 2 * 2**30


def check_folder(folder: Path, *, tasks: int = TASKS) -> dict[str, Any]:
    """Checks an emitted environment and writes `gate.json` with the verdict and the hash.

    The checks are those of `trace-gym check`, run in a worker within 30 s; an environment too slow for them is looked
    at on fewer tasks, which the verdict says.

    Args:
        folder: As `emitter.emit` returns it.
        tasks: Tasks looked at per split, >= 2.

    Returns:
        The content of `gate.json`; its findings are warnings.

    Raises:
        UserError: If it does not pass; the folder is kept for inspection, without `gate.json`.
    """
    manifest = read_manifest(folder)
    missing = [name for name in (MODULE, *manifest.files) if not (folder / name).is_file()]
    if missing:
        raise UserError(f"{folder}: is no emitted environment, it has no {missing[0]}; run `trace-gym synthesize`.")

    # an old verdict must not outlive a check that fails or is killed
    (folder / VERDICT).unlink(missing_ok=True)

    before = folder_hash(folder)
    sentences = scan_source((folder / MODULE).read_text(encoding="utf-8"))
    report: dict[str, Any] = {}
    if not sentences:
        report = _inspect(folder, tasks)
        sentences = _errors(report)

    if before != folder_hash(folder):
        sentences.append("the folder changed while it was checked")
    if sentences:
        raise UserError(f"{folder}: the environment does not pass the gate: {'; '.join(sentences[:5])}.")

    # the second process is a check of its own
    return write_verdict(folder, before, {**report, "checks": [*report["checks"], "determinism.process"]})


def _inspect(folder: Path, tasks: int) -> dict[str, Any]:
    """Runs the worker, on fewer tasks if it is too slow, and again in a process with other hashes."""
    used = tasks
    report = _run(folder, used, "all", hash_seed=0)
    if report is None:
        used = min(tasks, _FEW_TASKS)
        report = _run(folder, used, "all", hash_seed=0)

    if report is None:
        sentence = f"the checks took longer than {_SECONDS} s on {used} tasks; make its steps or tasks cheaper"
        return {"findings": [_error("time", sentence)]}
    if _errors(report):
        return report

    again = _run(folder, used, "digest", hash_seed=4242)
    if again is None or again.get("digest") != report.get("digest"):
        sentence = (
            "a fresh process with another PYTHONHASHSEED shows something else; sort sets, do not use hash() of texts"
        )
        return {"findings": [_error("determinism.process", sentence)]}

    return {**report, "tasks": used}


def _run(folder: Path, tasks: int, what: str, *, hash_seed: int) -> dict[str, Any] | None:
    """Runs the worker with no inherited environment; None when it takes too long."""
    # nothing inherited: the caller's environment may hold keys
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": str(hash_seed),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }

    numbers = map(str, (tasks, _MEMORY, _SECONDS))
    command = [sys.executable, "-m", "trace_gym.synthesis.worker", str(folder.resolve()), *numbers, what]
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
        return None

    # the CPU limit, which counts as slow, not as broken
    if result.returncode == -signal.SIGXCPU:
        return None
    if result.returncode != 0:
        last = (result.stderr.strip() or "no message").splitlines()[-1][:300]
        return {"findings": [_error("worker", f"the sandbox ended with code {result.returncode}: {last}")]}

    return _read_report(result.stdout, nonce)


def _read_report(output: str, nonce: str) -> dict[str, Any]:
    """Reads the worker's last line; one without the nonce was printed by the module under test."""
    try:
        report = json.loads(output.splitlines()[-1])
    except (IndexError, ValueError):
        report = None
    if not isinstance(report, dict) or report.pop("nonce", None) != nonce:
        return {"findings": [_error("worker", "the sandbox ended before its checks were done")]}
    return report


def _error(check: str, sentence: str) -> dict[str, str]:
    return {"check": check, "severity": "error", "sentence": sentence}


def _errors(report: Mapping[str, Any]) -> list[str]:
    findings: Sequence[Mapping[str, str]] = report["findings"]
    return [
        f"{finding['check']}: {finding['sentence'].rstrip('.')}"
        for finding in findings
        if finding["severity"] == "error"
    ]
