"""Batches of service-desk episodes played by the tiny agent."""

from __future__ import annotations

from trace_trainers.engine.backends import make_backend
from trace_trainers.policies.chat_policy import ChatPolicy

from trace_gym.env.registration import make_env
from trace_gym.rollouts.play import Job, play_batch
from trace_gym.rollouts.sampling_params import SamplingParams

ENV = "trace/ServiceDesk-v0"


def play(tiny, count, temperature=1.0, seed=0, batch=None, **limits):
    model, tokenizer = tiny
    params = SamplingParams(temperature, **limits)
    policy = ChatPolicy(make_backend(model, tokenizer, params), tokenizer, params, policy_id="tiny")
    envs = [make_env(ENV, split="mine") for _ in range(count)]
    jobs = [Job(i) for i in range(count)]
    found, rows = [], []
    for start in range(0, count, batch or count):
        part = jobs[start : start + (batch or count)]
        found += play_batch(envs, policy, part, seed=seed, env_id=ENV)
        rows += [policy.transcripts[key] for key in range(len(part))]
    return found, rows
