"""Makes the tiny agent from scratch and from a seed: `python -m trace_trainers.tiny_agent.make --out DIR`."""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from trace_gym.env.registration import make_env
from trace_gym.targets.service_desk.env import ServiceDesk
from trace_gym.testbed.planted import DEFICITS, PLANTED, demonstrate

_SPECIAL = ["<|pad|>", "<|end|>", "<|tools|>", "<|user|>", "<|tool|>", "<|assistant|>"]
_MARKS = ["<tool_call>", "</tool_call>"]
_RESPONSE = {
    "defaults": {"role": "assistant"},
    "start_anchor": "<|assistant|>",
    "fields": {
        "tool_calls": {
            "open": "<tool_call>",
            "close": "</tool_call>",
            "repeats": True,
            "content": "json",
            "transform": {"type": "function", "function": "{content}"},
        },
        "content": {"close": "<|end|>", "content": "text"},
    },
}
"""How transformers parses the agent's turns (`parse_response`), which TRL's tool loop needs."""
_TEMPLATE = (Path(__file__).parent / "chat_template.jinja").read_text(encoding="utf-8").strip()


def build_tokenizer(texts: list[str], vocabulary: int) -> PreTrainedTokenizerFast:
    """Trains a byte-level BPE on `texts`: digits stand alone, all else up to a space may merge into one token."""
    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"\d| ?[^\s\d]+|\s"), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    core.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=_SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    core.train_from_iterator(texts, trainer)
    core.add_tokens(_MARKS)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=core, pad_token="<|pad|>", eos_token="<|end|>")
    tokenizer.chat_template = _TEMPLATE
    tokenizer.response_template = _RESPONSE
    return tokenizer


def encode(tokenizer: Any, messages: list[dict[str, Any]], tools: list[dict[str, Any]]) -> tuple[list[int], list[int]]:
    """Returns token ids and the mask (1 = the assistant's own token, on which the loss is taken)."""
    text = tokenizer.apply_chat_template(messages, tools=tools, tokenize=False)
    ids = tokenizer(text, add_special_tokens=False).input_ids
    start, end = (tokenizer.convert_tokens_to_ids(token) for token in ("<|assistant|>", "<|end|>"))
    mask, inside = [], False
    for token in ids:
        mask.append(int(inside))
        if token == start:
            inside = True
        elif token == end:
            inside = False
    return ids, mask


def batches(rows: list[tuple[list[int], list[int]]], size: int, rng: np.random.Generator) -> list[list[int]]:
    """Groups rows of like length into batches, in random order."""
    order = sorted(rng.permutation(len(rows)).tolist(), key=lambda i: len(rows[i][0]) // 16)
    groups = [order[i : i + size] for i in range(0, len(order) - size + 1, size)]
    return [groups[int(i)] for i in rng.permutation(len(groups))]


def train(model: Any, rows: list[tuple[list[int], list[int]]], args: argparse.Namespace, pad: int) -> float:
    """Trains on the assistant's tokens only; returns the last smoothed loss."""
    rng = np.random.default_rng(np.random.SeedSequence([args.seed, 1]))
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=0.01, betas=(0.9, 0.98))
    warmup = 100

    def factor(step: int) -> float:
        decay = 0.5 * (1 + math.cos(math.pi * min(1.0, step / args.steps)))
        return min(1.0, (step + 1) / warmup) * max(0.02, decay)

    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
    step, smooth, started, queue = 0, 0.0, time.monotonic(), list[list[int]]()
    while step < args.steps:
        queue = queue or batches(rows, args.batch, rng)
        chosen = [rows[i] for i in queue.pop()]
        width = max(len(ids) for ids, _ in chosen)
        ids = torch.tensor([row + [pad] * (width - len(row)) for row, _ in chosen])
        mask = torch.tensor([m + [0] * (width - len(m)) for _, m in chosen])
        logits = model(input_ids=ids).logits[:, :-1]
        labels = ids[:, 1:].masked_fill(mask[:, 1:] == 0, -100)
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        step += 1
        smooth = loss.item() if step == 1 else 0.98 * smooth + 0.02 * loss.item()
        if step % 50 == 0:
            rate = (time.monotonic() - started) / step
            print(f"step {step}/{args.steps} loss {smooth:.4f} {rate:.2f} s/step", flush=True)
    return smooth


def model_card(args: argparse.Namespace, parameters: int, loss: float) -> str:
    """Writes the card: what it is, what was planted, how it was made."""
    planted = "\n".join(
        f"| {name} | {rate:.0%} | {'yes' if name in DEFICITS else 'no'} |" for name, rate in PLANTED.items()
    )
    return f"""---
license: mit
---
# The tiny agent

A Llama-architecture model of {parameters:,} parameters, trained from scratch on {args.demos:,} demonstrations on the
`demo` split of `trace/ServiceDesk-v0` (loss on the assistant's tokens only; last smoothed loss {loss:.3f}). It exists
so that the whole loop runs on a laptop with nothing to download. It knows nothing beyond the service desk.

Its chat template renders tool *names* only and leaves the system message out, to stay short.

## What was planted

| capability | demonstrations that exercise it | planted deficit |
|---|---|---|
{planted}

Whether a demonstration exercises a capability is drawn by chance, independent of the task. This table is used only to
score identification; no stage of the loop reads it.

## How it was made

    python -m trace_trainers.tiny_agent.make --out DIR --seed {args.seed} --steps {args.steps} --demos {args.demos} \\
        --batch {args.batch} --lr {args.lr}
"""


def main() -> None:
    """Makes the checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder to write the checkpoint to")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--demos", type=int, default=24000)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--vocabulary", type=int, default=1024)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    env = make_env("trace/ServiceDesk-v0", split="demo")
    assert isinstance(env, ServiceDesk)
    demos = [demonstrate(env, index) for index in range(args.demos)]
    template_free = [
        str(message["content"]) + str(message.get("raw", "")) for demo, _ in demos[:4000] for message in demo
    ]
    names = [tool["function"]["name"] + " " for _, tools in demos[:4000] for tool in tools]
    tokenizer = build_tokenizer(template_free + names, args.vocabulary)
    rows = [encode(tokenizer, messages, tools) for messages, tools in demos]
    lengths = np.array([len(ids) for ids, _ in rows])
    print(f"{len(rows)} demonstrations, {lengths.mean():.0f} tokens on average, {lengths.max()} at most", flush=True)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=192,
        intermediate_size=512,
        num_hidden_layers=4,
        num_attention_heads=6,
        num_key_value_heads=2,
        max_position_embeddings=1024,
        tie_word_embeddings=True,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=None,
    )
    model = LlamaForCausalLM(config)
    parameters = sum(p.numel() for p in model.parameters())
    print(f"{parameters} parameters, vocabulary {len(tokenizer)}", flush=True)
    loss = train(model, rows, args, tokenizer.pad_token_id)
    args.out.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(args.out)
    tokenizer.save_pretrained(args.out)
    (args.out / "README.md").write_text(model_card(args, parameters, loss), encoding="utf-8")


if __name__ == "__main__":
    main()
