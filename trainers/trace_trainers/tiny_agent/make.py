"""Makes the tiny agent from scratch and from a seed: `python -m trace_trainers.tiny_agent.make --out DIR`."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from trace_gym.env.registration import make_env
from trace_gym.targets.service_desk.env import ServiceDesk
from trace_gym.testbed.planted import DEFICITS, PLANTED, demonstrate
from trace_trainers.tiny_agent.tokenizer import build_tokenizer, encode
from trace_trainers.tiny_agent.training import SFTSettings, build_model, train

_VOCABULARY_DEMONSTRATIONS = 4000
"""Demonstrations the vocabulary is learned from; more change no merge and take longer."""

Demonstration = tuple[list[dict[str, Any]], list[dict[str, Any]]]
"""Messages and tool schemas."""


def model_card(settings: SFTSettings, demonstrations: int, parameters: int, loss: float) -> str:
    """Writes the model card: what the agent is, what was planted, how it was made.

    Args:
        settings: How it was trained.
        demonstrations: On how many.
        parameters: Size of the model.
        loss: The last mean loss, in nats per token.
    """
    planted_rows = []
    for name, rate in PLANTED.items():
        is_deficit = "yes" if name in DEFICITS else "no"
        planted_rows.append(f"| {name} | {rate:.0%} | {is_deficit} |")
    table = "\n".join(planted_rows)

    return f"""---
license: mit
---
# The tiny agent

A Llama-architecture model of {parameters:,} parameters, trained from scratch on {demonstrations:,} demonstrations on
the `demo` split of `trace/ServiceDesk-v0` (loss on the assistant's tokens only; last mean loss {loss:.3f}). It exists
so that the whole loop runs on a laptop with nothing to download. It knows nothing beyond the service desk.

Its chat template renders tool *names* only and leaves the system message out, to stay short.

## What was planted

| capability | demonstrations that exercise it | planted deficit |
|---|---|---|
{table}

Whether a demonstration exercises a capability is drawn by chance, independent of the task. This table is used only to
score identification; no stage of the loop reads it.

## How it was made

    python -m trace_trainers.tiny_agent.make --out DIR --seed {settings.seed} --steps {settings.steps} \\
        --demos {demonstrations} --batch {settings.batch} --lr {settings.learning_rate}
"""


def main(arguments: list[str] | None = None) -> None:
    """Makes the checkpoint.

    Args:
        arguments: Of the command line; the process's own when None.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder to write the checkpoint to")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--demos", type=int, default=24000)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--vocabulary", type=int, default=1024)
    args = parser.parse_args(arguments)
    settings = SFTSettings(steps=args.steps, batch=args.batch, learning_rate=args.lr, seed=args.seed)
    torch.manual_seed(settings.seed)

    demonstrations = _demonstrations(args.demos)
    tokenizer = build_tokenizer(_texts(demonstrations[:_VOCABULARY_DEMONSTRATIONS]), args.vocabulary)
    examples = [encode(tokenizer, messages, tools) for messages, tools in demonstrations]
    lengths = np.array([len(example["input_ids"]) for example in examples])
    print(
        f"{len(examples)} demonstrations, {lengths.mean():.0f} tokens on average, {lengths.max()} at most", flush=True
    )

    model = build_model(tokenizer)
    parameters = model.num_parameters()
    print(f"{parameters} parameters, vocabulary {len(tokenizer)}", flush=True)
    with tempfile.TemporaryDirectory() as checkpoints:
        loss = train(model, tokenizer, examples, settings, Path(checkpoints))

    args.out.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(args.out)
    tokenizer.save_pretrained(args.out)
    card = model_card(settings, args.demos, parameters, loss)
    (args.out / "README.md").write_text(card, encoding="utf-8")


def _demonstrations(count: int) -> list[Demonstration]:
    env = make_env("trace/ServiceDesk-v0", split="demo")
    assert isinstance(env, ServiceDesk)
    return [demonstrate(env, index) for index in range(count)]


def _texts(demonstrations: list[Demonstration]) -> list[str]:
    """Everything the agent reads or writes, without the chat template's own tokens."""
    texts = []
    for messages, _ in demonstrations:
        for message in messages:
            texts.append(str(message["content"]) + str(message.get("raw", "")))
    for _, tools in demonstrations:
        for tool in tools:
            texts.append(tool["function"]["name"] + " ")
    return texts


if __name__ == "__main__":
    main()
