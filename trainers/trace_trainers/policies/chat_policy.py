"""A policy that renders conversations with a chat template and lets a backend sample the assistant's turns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trace_gym.rollouts.policy import TurnRequest
from trace_gym.rollouts.sampling_params import SamplingParams
from trace_trainers.engine.backend import Backend
from trace_trainers.engine.chat import ChatRenderer
from trace_trainers.engine.sequence import TokenSequence


class ChatPolicy:
    """Samples assistant turns in many episodes at once; a `TokenPolicy`.

    The episodes of a batch must start together and may end one by one. A new batch begins once every episode of the
    last one is finished.

    Example:
        >>> from trace_gym import make_env
        >>> from trace_gym.rollouts.play import Job, play_batch
        >>> from trace_trainers.engine.backends import make_backend
        >>> from trace_trainers.policies.loading import load_model, load_tokenizer
        >>> params, tokenizer = SamplingParams(temperature=0.0), load_tokenizer("tiny")
        >>> backend = make_backend(load_model("tiny"), tokenizer, params)
        >>> policy = ChatPolicy(backend, tokenizer, params, policy_id="tiny")
        >>> env_id = "trace/ServiceDesk-v0"
        >>> trajectory, = play_batch([make_env(env_id)], policy, [Job(0)], seed=0, env_id=env_id)
        >>> len(policy.transcripts[0].mask) == len(policy.transcripts[0].completion)
        True
    """

    def __init__(self, backend: Backend, tokenizer: Any, params: SamplingParams, *, policy_id: str) -> None:
        """Starts without a batch.

        Args:
            backend: Samples the turns.
            tokenizer: The model's tokenizer, with a chat template.
            params: Limits the length of turns and conversations.
            policy_id: Written into trajectories.

        Raises:
            UserError: If the tokenizer has no usable chat template.
        """
        self.policy_id = policy_id
        self.transcripts: dict[int, TokenSequence] = {}
        self._backend = backend
        self._tokenizer = tokenizer
        self._params = params
        self._renderer = ChatRenderer(tokenizer)
        self._seen: dict[int, int] = {}
        """Messages already rendered, by episode."""
        self._full: set[int] = set()
        """Episodes whose conversation has outgrown the context."""

    def act(self, requests: Sequence[TurnRequest]) -> list[str]:
        """Returns the next turn of each request, empty where a conversation has outgrown the context.

        Args:
            requests: Episodes that wait for a turn.
        """
        if self._seen:
            self._continue(requests)
        else:
            self._begin(requests)
        self._seen = {request.key: len(request.messages) for request in requests}

        live_keys = []
        sequences = []
        generators = []
        max_new_tokens = []
        for request in requests:
            if request.key not in self._full:
                sequence = self.transcripts[request.key]
                live_keys.append(request.key)
                sequences.append(sequence)
                generators.append(request.rng)
                max_new_tokens.append(self._room(sequence))
        if not live_keys:
            return [""] * len(requests)

        texts: dict[int, str] = {}
        turns = self._backend.sample(sequences, generators, max_new_tokens)
        for key, turn in zip(live_keys, turns, strict=True):
            texts[key] = self._text(turn)
        return [texts.get(request.key, "") for request in requests]

    def adapter_of(self, key: int) -> str:
        """Returns the empty name: only `AdapterPolicy` chooses adapters."""
        return ""

    def finish(self, keys: Sequence[int]) -> None:
        """Releases the backend's caches once every episode of the batch is over.

        Args:
            keys: Those episodes of the batch that are over now.
        """
        for key in keys:
            self._seen.pop(key, None)
        # not row by row: the backend drops the rows of ended episodes when it is next asked to sample
        if not self._seen:
            self._backend.release()

    def _begin(self, requests: Sequence[TurnRequest]) -> None:
        # transcripts are replaced only here, as training reads them after the batch is finished
        self._full = set()
        self.transcripts = {}
        last: TurnRequest | None = None
        prompt: list[int] = []
        for request in requests:
            # the attempts at one task follow one another and begin with the same prompt
            if last is None or (request.messages, request.tools) != (last.messages, last.tools):
                prompt = self._renderer.prompt(request.messages, request.tools)
            self.transcripts[request.key] = TokenSequence(list(prompt))
            last = request

    def _continue(self, requests: Sequence[TurnRequest]) -> None:
        """Appends what was said since each episode's last turn, as long as it fits."""
        for request in requests:
            if request.key in self._full:
                continue
            sequence = self.transcripts[request.key]
            ids = self._continuation(request, sequence)
            # strictly less, so that at least one token can be sampled
            if len(sequence) + len(ids) < self._params.max_context:
                sequence.add_environment(ids)
            else:
                self._full.add(request.key)

    def _continuation(self, request: TurnRequest, sequence: TokenSequence) -> list[int]:
        since = request.messages[self._seen[request.key] :]
        # the assistant's own turn is in the sequence already, as it was sampled
        others = [message for message in since if message["role"] != "assistant"]
        return self._renderer.continuation(others, ended=sequence.completion[-1] in self._backend.eos)

    def _room(self, sequence: TokenSequence) -> int:
        left = self._params.max_context - len(sequence)
        return max(1, min(self._params.max_new_tokens, left))

    def _text(self, turn: list[int]) -> str:
        # special tokens stay: in some vocabularies the tags of a tool call are among them
        text: str = self._tokenizer.decode(turn, skip_special_tokens=False)
        if turn and turn[-1] in self._backend.eos:
            ending: str = self._tokenizer.decode(turn[-1:], skip_special_tokens=False)
            return text.removesuffix(ending)
        return text
