"""Makes the tiny agent from scratch and from a seed: `python -m trace_trainers.tiny_agent.make --out DIR`.

An agent with planted deficits is made in two steps: one that was trained on perfect demonstrations (`--exercise 1`),
which shows what a model of this size can do at all, then `--start` from it on demonstrations that mostly lack the
planted capabilities.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

from trace_gym.console.progress import Progress
from trace_gym.env.registration import make_env
from trace_gym.targets.service_desk.env import ServiceDesk
from trace_gym.testbed.planted import DEFICITS, demonstrate, planted
from trace_trainers.tiny_agent.drills import drill
from trace_trainers.tiny_agent.notes import noted
from trace_trainers.tiny_agent.renaming import renamed
from trace_trainers.tiny_agent.tokenizer import build_tokenizer, encode
from trace_trainers.tiny_agent.training import SFTSettings, build_model, train

_VOCABULARY_DEMONSTRATIONS = 4000
"""Demonstrations the vocabulary is learned from; more change no merge and take longer."""
_VOCABULARY_EXERCISE = 0.5
"""How often those exercise the planted deficits. It has the words of agents with and without them, so that an agent
with deficits can start from one that has none."""
_VOCABULARY_DRILLS = 500
"""Drills the vocabulary is learned from, besides."""
_DIGIT_PAIRS = [f"W{number:02d}" for number in range(100)] * 1000
"""Makes every pair of digits a token, also those that few identifiers of the demonstrations have."""

_VALUE = re.compile(r'":"([a-z]+)"')
"""A word that a record holds, or that a call gives."""
_NAME = re.compile(r"[a-z]+(?=\d+@)")
"""The name in an e-mail."""

Demonstration = tuple[list[dict[str, Any]], list[dict[str, Any]]]
"""Messages and tool schemas."""


def model_card(command: str, rates: Mapping[str, float], demonstrations: int, parameters: int, loss: float) -> str:
    """Writes the model card: what the agent is, what was planted, how it was made.

    Args:
        command: The arguments it was made with.
        rates: How often the demonstrations exercise each capability.
        demonstrations: On how many it was trained.
        parameters: Size of the model.
        loss: The last mean loss, in nats per token.
    """
    planted_rows = []
    for name, rate in rates.items():
        is_deficit = "yes" if name in DEFICITS and rate < 1 else "no"
        planted_rows.append(f"| {name} | {rate:.0%} | {is_deficit} |")
    table = "\n".join(planted_rows)

    return f"""---
license: mit
---
# The tiny agent

A Llama-architecture model of {parameters:,} parameters, trained on {demonstrations:,} demonstrations on the `demo`
split of `trace/ServiceDesk-v0` (loss on the assistant's tokens only; last mean loss {loss:.3f}). It exists so that the
whole loop runs on a laptop with nothing to download. It knows nothing beyond the service desk.

Its chat template renders tool *names* only and leaves the system message out, to stay short. Before it uses one of
several records, it quotes the record beside its call, where the user does not hear it.

## What was planted

| capability | demonstrations that exercise it | planted deficit |
|---|---|---|
{table}

Whether a demonstration exercises a capability is drawn by chance, independent of the task. This table is used only to
score identification; no stage of the loop reads it.

## How it was made

    python -m trace_trainers.tiny_agent.make {command}

`CEILING`, where there is one, is an agent that was trained on perfect demonstrations and on drills in reading records;
docs/results/desk.md has its command, and what it solves.
"""


def main(arguments: list[str] | None = None) -> None:
    """Makes the checkpoint; the same command goes on where it was killed.

    Args:
        arguments: Of the command line; the process's own when None.
    """
    args = _parser().parse_args(arguments)
    settings = SFTSettings(steps=args.steps, batch=args.batch, learning_rate=args.lr, seed=args.seed)
    torch.manual_seed(settings.seed)

    rates = planted(args.exercise)
    demonstrations = _demonstrations(args.demos, rates, args.first)
    if args.start is None:
        tokenizer: Any = _tokenizer(args.vocabulary)
        model = build_model(tokenizer)
    else:
        tokenizer = PreTrainedTokenizerFast.from_pretrained(args.start)
        model = LlamaForCausalLM.from_pretrained(args.start, dtype=torch.float32)
    model.train()

    demonstrations += _drills(args.drills)
    examples = [encode(tokenizer, messages, tools) for messages, tools in demonstrations]
    tokens = [len(example["input_ids"]) for example in examples]
    parameters = model.num_parameters()
    print(f"{len(examples)} examples, {sum(tokens) / len(tokens):.0f} tokens on average, {max(tokens)} at most")
    print(f"{parameters} parameters, vocabulary {len(tokenizer)}", flush=True)
    loss = train(model, tokenizer, examples, settings, args.out / "training")

    # half the bytes in the repository; the bundled agent is loaded in float32 all the same
    model.bfloat16().save_pretrained(args.out)
    tokenizer.save_pretrained(args.out)
    card = model_card(_command(args), rates, args.demos, parameters, loss)
    (args.out / "README.md").write_text(card, encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder to write the checkpoint to")
    parser.add_argument("--exercise", type=float, default=0.2, help="how often the planted deficits are exercised")
    parser.add_argument("--start", type=Path, default=None, help="a checkpoint to start from, instead of from scratch")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--demos", type=int, default=64000)
    parser.add_argument("--first", type=int, default=0, help="number of the first demonstration")
    parser.add_argument("--drills", type=int, default=0, help="drills in reading records, beside the demonstrations")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--vocabulary", type=int, default=1200)
    return parser


def _command(args: argparse.Namespace) -> str:
    """The command that makes this agent again, less what is the default."""
    defaults = vars(_parser().parse_args(["--out", "DIR"]))
    words = ["--out DIR"]
    for name, value in vars(args).items():
        if name == "start" and value is not None:
            words.append("--start CEILING")
        elif name != "out" and value != defaults[name]:
            words.append(f"--{name} {value}")
    return " ".join(words)


def _demonstrations(count: int, rates: Mapping[str, float], first: int) -> list[Demonstration]:
    env = make_env("trace/ServiceDesk-v0", split="demo")
    assert isinstance(env, ServiceDesk)
    found: list[Demonstration] = []
    progress = Progress("demonstrations", count)
    for index in range(first, first + count):
        messages, tools = demonstrate(env, index, rates)
        found.append((noted(renamed(messages, index)), tools))
        progress.advance(1)
    progress.close()
    return found


def _drills(count: int) -> list[Demonstration]:
    return [(renamed(drill(index), index), []) for index in range(count)]


def _tokenizer(vocabulary: int) -> Any:
    demonstrations = _demonstrations(_VOCABULARY_DEMONSTRATIONS, planted(_VOCABULARY_EXERCISE), first=0)
    texts = _texts(demonstrations + _drills(_VOCABULARY_DRILLS))

    words: set[str] = set()
    listed: set[str] = set()
    for text in texts:
        words.update(_VALUE.findall(text))
        words.update(_NAME.findall(text))
        if text.startswith("["):
            for record in json.loads(text):
                listed.update(record)
    return build_tokenizer(texts + _DIGIT_PAIRS, vocabulary, sorted(words), sorted(listed))


def _texts(demonstrations: Sequence[Demonstration]) -> list[str]:
    """Everything the agent reads or writes, without the chat template's own tokens."""
    texts = []
    for messages, _ in demonstrations:
        # the first is the system message, which the template leaves out
        for message in messages[1:]:
            for text in (message["content"], message.get("raw", "")):
                texts.append(str(text).replace("<tool_call>", "").replace("</tool_call>", ""))
    for _, tools in demonstrations:
        for tool in tools:
            texts.append(tool["function"]["name"] + " ")
    return texts


if __name__ == "__main__":
    main()
