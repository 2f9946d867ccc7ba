"""A Hugging Face model as a policy: batched over episodes, its KV cache kept from turn to turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from trace_gym.rollouts.policy import TurnRequest
from trace_trainers.engine.chat import ChatRenderer
from trace_trainers.engine.hf.prefix_cache import PrefixCache
from trace_trainers.engine.hf.prompt_lookup import generate_drafted
from trace_trainers.engine.hf.sampler import BatchSampler, TokenSequence, common_prefix
from trace_trainers.policies.loading import eos_ids


class HFPolicy:
    """Samples assistant turns from a causal LM in this process."""

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        *,
        policy_id: str,
        temperature: float = 1.0,
        max_new_tokens: int = 128,
        max_context: int = 4096,
        fast: bool = False,
    ) -> None:
        """Makes the policy.

        Args:
            model: the causal LM, adapters included; put into eval mode while it acts.
            tokenizer: its tokenizer, with a chat template.
            policy_id: written into trajectories.
            temperature: 0 for greedy.
            max_new_tokens: longest turn.
            max_context: a conversation that would grow to this many tokens is over: the policy says nothing more in it.
            fast: reuse what prompts have in common with earlier ones (`engine.prefixes`), and at temperature 0 guess
                from the conversation what comes next (`engine.lookup`); equal but for rounding, which may decide
                otherwise where two ids are almost as likely.
        """
        self.policy_id = policy_id
        self.transcripts: dict[int, TokenSequence] = {}
        self.model, self._tokenizer = model, tokenizer
        self._renderer = ChatRenderer(tokenizer)
        self._eos = eos_ids(model, tokenizer)
        self._temperature, self._max_new, self._max_context = temperature, max_new_tokens, max_context
        self._lookup, self._known = fast and temperature == 0, PrefixCache() if fast else None
        self._sampler: BatchSampler | None = None
        self._order: list[int] = []
        self._seen: dict[int, int] = {}

    def act(self, requests: Sequence[TurnRequest]) -> list[str]:
        """Returns the model's next turn for each request; requests of one batch must start together."""
        training = self.model.training
        self.model.eval()
        try:
            with torch.no_grad():
                return self._act(requests)
        finally:
            self.model.train(training)

    def adapter_of(self, key: int) -> str:
        """The policy does not know adapters; `AdapterPolicy` does."""
        return ""

    def finish(self, keys: Sequence[int]) -> None:
        """Forgets the cache once every episode of the batch is over; `transcripts` stay until the next batch."""
        for key in keys:
            self._seen.pop(key, None)
        if not self._seen:
            self._sampler, self._order = None, []

    def _act(self, requests: Sequence[TurnRequest]) -> list[str]:
        chunks = self._begin(requests) if self._sampler is None else self._resume(self._sampler, requests)
        self._seen = {request.key: len(request.messages) for request in requests}
        if not chunks:
            return [""] * len(requests)
        assert self._sampler is not None
        rows = [self.transcripts[key] for key in self._order]
        rngs = {request.key: request.rng for request in requests}
        room = [self._max_context - len(row.prompt) - len(row.completion) for row in rows]
        most = [max(1, min(self._max_new, left)) for left in room]
        logits = self._sampler.forward(chunks)
        if self._lookup:
            turns = generate_drafted(self._sampler, logits, rows, max_new_tokens=most)
        else:
            turns = self._sampler.generate(
                logits,
                rows,
                [rngs[key] for key in self._order],
                temperature=self._temperature,
                max_new_tokens=most,
            )
        said = dict(zip(self._order, map(self._text, turns), strict=True))
        return [said.get(request.key, "") for request in requests]

    def _begin(self, requests: Sequence[TurnRequest]) -> list[list[int]]:
        """Starts a batch's cache with what its prompts share, and returns the rest of each prompt."""
        self._sampler = BatchSampler(self.model, self._tokenizer.pad_token_id, self._eos)
        self._order = [request.key for request in requests]
        self.transcripts = {r.key: TokenSequence(self._renderer.prompt(r.messages, r.tools)) for r in requests}
        prompts = [self.transcripts[key].prompt for key in self._order]
        shared = common_prefix(prompts)
        self._sampler.prefill_shared(prompts[0][:shared], len(prompts), self._known)
        return [prompt[shared:] for prompt in prompts]

    def _resume(self, sampler: BatchSampler, requests: Sequence[TurnRequest]) -> list[list[int]]:
        """Keeps the conversations that go on and have room, and returns what was said in each since its last turn."""
        fresh: dict[int, list[int]] = {}
        for request in requests:
            if request.key not in self._order:
                continue
            ids, row = self._continuation(request), self.transcripts[request.key]
            if len(row.prompt) + len(row.completion) + len(ids) < self._max_context:
                row.add_environment(ids)
                fresh[request.key] = ids
        if fresh:
            sampler.keep([self._order.index(key) for key in fresh])
        self._order = list(fresh)
        return list(fresh.values())

    def _continuation(self, request: TurnRequest) -> list[int]:
        """Returns the ids that are new since this episode's last sampled turn."""
        row = self.transcripts[request.key]
        fresh = [m for m in request.messages[self._seen[request.key] :] if m["role"] != "assistant"]
        return self._renderer.continuation(fresh, ended=row.completion[-1] in self._eos)

    def _text(self, turn: list[int]) -> str:
        text: str = self._tokenizer.decode(turn, skip_special_tokens=False)
        return text.removesuffix(self._tail(turn))

    def _tail(self, turn: list[int]) -> str:
        if turn and turn[-1] in self._eos:
            tail: str = self._tokenizer.decode(turn[-1:], skip_special_tokens=False)
            return tail
        return ""
