"""An agent that reads its system message, and a tiny configuration."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from trace_trainers.tiny_agent import CHECKPOINT

TINY = """
seeds = [0]
pools = [32]
budget = 256
checkpoints = [50, 100]
capabilities = ["error_recovery", "result_reporting"]
[mining]
rollouts = 160
[train]
groups = 2
group_size = 4
resample_rounds = 0
patience = 0
[router]
prompts = 8
[validation]
rollouts = 8
[evaluate]
tasks = 16
"""


@pytest.fixture(scope="session")
def prompt_reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled agent with a template that shows it the system message."""
    folder = tmp_path_factory.mktemp("agents") / "reader"
    shutil.copytree(CHECKPOINT, folder)
    template = folder / "chat_template.jinja"
    text = template.read_text(encoding="utf-8")
    start = "{%- for message in messages -%}\n"
    system = "{%- if message.role == 'system' -%}<|user|>{{ message.content }}<|end|>{%- endif -%}\n"
    assert start in text
    template.write_text(text.replace(start, start + system), encoding="utf-8")
    return folder
