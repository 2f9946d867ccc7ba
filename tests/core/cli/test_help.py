"""The help of every command: its examples can be typed as they stand, and its defaults are those that count."""

from __future__ import annotations

import argparse
import importlib
import shlex
from importlib.metadata import entry_points
from types import ModuleType

import pytest

from trace_gym.cli.main import main

COMMANDS = {entry.name: entry.value for entry in entry_points(group="trace_gym.commands")}
LIGHT = sorted(name for name, module in COMMANDS.items() if module.startswith("trace_gym."))


def module_of(command: str) -> ModuleType:
    return importlib.import_module(COMMANDS[command])


def parser_of(command: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=command, exit_on_error=False)
    module_of(command).add_arguments(parser)
    return parser


def examples(command: str) -> list[list[str]]:
    """The words of each `trace-gym` line of a command's help, without what follows it in the shell."""
    text = (module_of(command).__doc__ or "").replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.startswith("  trace-gym ")]
    return [shlex.split(line.partition(" && ")[0])[1:] for line in lines]


@pytest.mark.parametrize("command", LIGHT)
def test_every_command_has_examples_of_itself(command: str) -> None:
    found = examples(command)
    assert found
    assert {words[0] for words in found} == {command}


@pytest.mark.parametrize("command", LIGHT)
def test_the_examples_can_be_parsed_as_they_stand(command: str) -> None:
    parser = parser_of(command)
    for name, *words in examples(command):
        parsed, unknown = parser.parse_known_args(words)
        assert (name, unknown) == (command, [])
        assert vars(parsed)


@pytest.mark.parametrize("command", LIGHT)
def test_every_argument_is_explained_in_one_line_that_begins_alike(command: str) -> None:
    for action in parser_of(command)._actions:
        explained = action.help or ""
        assert explained, action.dest
        assert not explained.endswith("."), action.dest
        assert "\n" not in explained, action.dest


@pytest.mark.parametrize("command", LIGHT)
def test_a_default_that_is_a_number_is_told(command: str) -> None:
    for action in parser_of(command)._actions:
        is_number = isinstance(action.default, (int, float)) and not isinstance(action.default, bool)
        if is_number:
            assert "(default: %(default)s)" in (action.help or ""), action.dest


def test_the_overview_names_every_command_with_its_own_words(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    listed = capsys.readouterr().out.partition("  COMMAND\n")[2]
    assert caught.value.code == 0
    # a long name has its words on the next line
    words = " ".join(listed.split())
    assert [name for name in LIGHT if f"{name} {module_of(name).HELP}" not in words] == []
