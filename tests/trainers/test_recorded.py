from __future__ import annotations

from trace_trainers.evaluation.recorded import RecordedPolicy

from trace_gym.env.registration import make_env
from trace_gym.rollouts.play import Job, play_batch
from trace_gym.rollouts.scripted import OraclePolicy, RandomPolicy

ENV = "trace/ServiceDesk-v0"
JOBS = [Job(i) for i in range(8)]


def played(policy):
    envs = [make_env(ENV, split="evaluate") for _ in JOBS]
    return play_batch(envs, policy, JOBS, seed=0, env_id=ENV)


def test_a_choosing_agent_repeats_the_episodes_of_its_choice():
    recorded = {"": played(RandomPolicy()), "good": played(OraclePolicy())}
    asked = []

    def choose(requests):
        asked.append(len(requests))
        return ["good" if request.env.index % 2 else "" for request in requests]

    found = played(RecordedPolicy(choose, recorded, policy_id="routed"))
    assert asked == [8]
    for i, trajectory in enumerate(found):
        source = recorded["good" if i % 2 else ""][i]
        assert (trajectory.messages, trajectory.reward) == (source.messages, source.reward)
        assert (trajectory.adapter, trajectory.policy) == ("good" if i % 2 else "", "routed")
    assert {t.success for t in found} == {True, False}
