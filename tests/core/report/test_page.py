"""The HTML report: what it says, that transcripts stay text, and that a browser shows it without the network."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.identify import identify, label_corpus
from trace_gym.capabilities.labellers.repair import RepairLabeller
from trace_gym.capabilities.repair.attribution import attribute
from trace_gym.capabilities.selection import selected
from trace_gym.cli.main import main
from trace_gym.report.page import is_close, render_page
from trace_gym.rollouts.play import Job, play_batch
from trace_gym.testbed.planted import DEFICITS, PlantedPolicy, planted
from trace_gym.trajectories.record import Trajectory

from ..helpers import DESK, desk

HOSTILE = (
    "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\"> \x1b[31m & </pre></details>"
)


@pytest.fixture(scope="module")
def played() -> list[Trajectory]:
    env = desk(split="mine")
    policy = PlantedPolicy(dict(planted(0.3)))
    trajectories = [play_batch([env], policy, [Job(index)], seed=0, env_id=DESK)[0] for index in range(120)]
    for trajectory in trajectories:
        trajectory.messages[1]["content"] = f"{trajectory.messages[1]['content']} {HOSTILE}"
    return trajectories


@pytest.fixture(scope="module")
def corpus(played: list[Trajectory]) -> Corpus:
    return Corpus.from_trajectories(played)


@pytest.fixture(scope="module")
def capabilities(corpus: Corpus) -> dict[str, Any]:
    return identify(corpus, label_corpus(corpus, [RepairLabeller()]))


@pytest.fixture(scope="module")
def page(capabilities: dict[str, Any], corpus: Corpus) -> str:
    found = {}
    for key, trajectory in zip(corpus.keys, corpus.trajectories, strict=True):
        if not trajectory.success:
            found[key] = attribute(trajectory)
    return render_page(capabilities, corpus, found, "desk.jsonl")


def test_it_names_what_is_lacking_and_how_sure_that_is(page: str, capabilities: dict[str, Any]) -> None:
    assert {row["name"] for row in selected(capabilities)} == set(DEFICITS)
    for row in selected(capabilities):
        assert f"<td>{row['name']}<br>" in page
        low, high = row["delta_interval"]
        assert f"{row['delta']:+.2f} [{low:+.2f}, {high:+.2f}]" in page
        assert f"{row['lacking_failed']} of {row['lacking_failed'] + row['present_failed']}" in page
        assert f'<h2 id="{row["name"]}">' in page


def test_each_selected_capability_shows_marked_failures_and_passes(page: str, capabilities: dict[str, Any]) -> None:
    for row in selected(capabilities):
        section = page.split(f'<h2 id="{row["name"]}">')[1].split("<h2")[0]
        failed, passed = section.split("Needed it, and passed")
        assert failed.count("<summary>task ") == 3
        assert failed.count('class="turn mark"') == 3
        assert passed.count("<summary>task ") >= 1


def test_what_transcripts_say_stays_text(page: str) -> None:
    assert "&lt;script&gt;" in page
    assert not re.search(r"<(script|img|iframe|link)\b", page)
    assert "\x1b" not in page
    assert "default-src 'none'" in page
    assert not re.search(r"(src|href)=", page.split("</head>")[0])


def test_without_repair_it_says_nothing_of_faults(capabilities: dict[str, Any], corpus: Corpus) -> None:
    plain = render_page(capabilities, corpus)
    assert "Whose fault" not in plain
    assert "if only this were fixed" not in plain


def test_nothing_selected_is_said(corpus: Corpus) -> None:
    passed = Corpus.from_trajectories([one for one in corpus.trajectories if one.success])
    page = render_page(identify(passed, label_corpus(passed)), passed)
    assert "No capability is established to be lacking" in page


def test_the_command_writes_it(played: list[Trajectory], tmp_path: Path) -> None:
    log = tmp_path / "t.jsonl"
    log.write_text("".join(json.dumps(one.to_json()) + "\n" for one in played[:30]))
    out = tmp_path / "report.html"
    assert main(["identify", str(log), "--out", str(tmp_path / "c.json")]) == 0
    assert main(["report", str(log), str(tmp_path / "c.json"), "--repair", "--out", str(out)]) == 0
    assert "Whose fault are the failures?" in out.read_text(encoding="utf-8")


@pytest.mark.skipif(shutil.which("chromium") is None, reason="no Chromium: apt-get install chromium")
def test_a_browser_shows_it_and_runs_nothing_of_it(page: str, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(page, encoding="utf-8")
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", file.as_uri()]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    assert "<title>What this agent lacks: desk.jsonl</title>" in shown
    assert "owned</title>" not in shown
    assert shown.count("<details>") == page.count("<details>")


def test_statistics_are_told_in_words_and_files_from_before_them_are_still_shown(
    page: str, capabilities: dict[str, Any], corpus: Corpus
) -> None:
    assert "What else the labels say" in page
    for row in selected(capabilities):
        exercised = row["exercised"]
        assert f"exercised in {exercised['count']} of {exercised['occasions']} occasions, so a prompt may do" in page

    older = {key: value for key, value in capabilities.items() if key not in ("remarks", "set_apart", "overlaps")}
    new = {"within_tasks", "restates", "exercised", "remedy", "least_delta", "alone", "expected_gain", "kappa"}
    new |= {"set_apart", "verified", "selected_by"}
    older["capabilities"] = [
        {key: value for key, value in row.items() if key not in new} for row in capabilities["capabilities"]
    ]
    assert "What else the labels say" not in render_page(older, corpus)


def test_notes_of_the_whole_log_are_listed(capabilities: dict[str, Any], corpus: Corpus) -> None:
    page = render_page({**capabilities, "remarks": ["No attempt <passed>."]}, corpus)
    assert "<li>No attempt &lt;passed&gt;</li>" in page


def test_every_failure_that_lacks_a_capability_has_a_line(page: str, capabilities: dict[str, Any]) -> None:
    for row in selected(capabilities):
        assert f"all {row['lacking_failed']} failures that lack it" in page
    assert "(lacks other things, too)" in page


def test_repairs_are_told_in_words(page: str) -> None:
    assert "With these changes, all of them necessary, the evaluator passes it:" in page
    assert re.search(r"behind \[\d+\], the assistant also calls [a-z_]+ \{", page)
    assert "&#34;place&#34;" not in page


@pytest.mark.parametrize(
    ("changes", "close"),
    [({}, True), ({"runs_passed": 5}, False), ({"q": 0.2}, False), ({"q": None}, False), ({"selected": True}, False)],
)
def test_what_is_close_to_being_selected_is_named(changes: dict[str, Any], close: bool) -> None:
    row = {"selected": False, "q": 0.01, "runs": 10, "runs_passed": 7, "lacking_failed": 9, **changes}
    assert is_close(row, {"support": 3, "false_discovery": 0.05}) is close
