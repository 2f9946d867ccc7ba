from __future__ import annotations

import numpy as np
import torch
from desk_batches import ENV, play
from trace_trainers.engine.chat import ChatRenderer
from trace_trainers.engine.hf.sampling import sample

from trace_gym.env.registration import make_env


def test_recorded_logprobs_equal_a_full_forward_pass(tiny):
    model, _ = tiny
    trajectories, rows = play(tiny, 8)
    assert {len(t.messages) for t in trajectories} != {len(trajectories[0].messages)}, (
        "episodes of one length test little"
    )
    for row in rows:
        ids = torch.tensor([row.prompt + row.completion])
        with torch.no_grad():
            logprobs = torch.log_softmax(model(input_ids=ids).logits[0].float(), dim=-1)
        for i, (token, own) in enumerate(zip(row.completion, row.mask, strict=True)):
            if own:
                expected = logprobs[len(row.prompt) + i - 1, token].item()
                assert abs(expected - row.logprobs[i]) < 2e-3


def test_transcript_is_what_the_template_renders(tiny):
    _, tokenizer = tiny
    trajectories, rows = play(tiny, 4)
    for trajectory, row in zip(trajectories, rows, strict=True):
        whole = tokenizer.apply_chat_template(trajectory.messages[:-1], tools=trajectory.tools, tokenize=False)
        assert tokenizer.decode(row.prompt + row.completion) == whole


def test_mask_marks_exactly_the_sampled_turns(tiny):
    _, tokenizer = tiny
    trajectories, rows = play(tiny, 4)
    for trajectory, row in zip(trajectories, rows, strict=True):
        own = [token for token, mask in zip(row.completion, row.mask, strict=True) if mask]
        said = [m.get("raw", m["content"]) for m in trajectory.messages if m["role"] == "assistant"]
        assert tokenizer.decode(own) == "".join(turn + tokenizer.eos_token for turn in said)


def test_results_do_not_depend_on_the_batch(tiny):
    together, _ = play(tiny, 12)
    apart, _ = play(tiny, 12, batch=5)
    assert [t.to_json() for t in together] == [t.to_json() for t in apart]


def test_a_conversation_that_outgrows_the_context_gets_no_further_turns(tiny):
    whole, free = play(tiny, 8)
    lengths = sorted(len(row.prompt) + len(row.completion) for row in free)
    limit = lengths[4]
    cut, rows = play(tiny, 8, max_context=limit)
    assert all(len(row.prompt) + len(row.completion) <= limit for row in rows)
    assert all(row.mask[-1] == 1 for row in rows)
    for before, after, uncut, row in zip(free, rows, whole, cut, strict=True):
        assert before.completion[: len(after.completion)] == after.completion
        if len(before.prompt) + len(before.completion) > limit:
            # the last turn is empty where there was no room for any, else it is cut off
            last = max(n for n, message in enumerate(row.messages) if message["role"] == "assistant")
            said, meant = row.messages[last]["content"], uncut.messages[last]["content"]
            assert meant.startswith(said)
            assert said == "" or said != meant
    assert [a == b for a, b in zip(whole, cut, strict=True)].count(True) >= 4


def test_another_seed_gives_other_turns(tiny):
    first, _ = play(tiny, 8, seed=0)
    second, _ = play(tiny, 8, seed=1)
    assert [t.messages for t in first] != [t.messages for t in second]


def test_sample_follows_the_distribution():
    logits = torch.log(torch.tensor([[0.2, 0.5, 0.3]]))
    rng = np.random.default_rng(0)
    drawn = [sample(logits, [rng], 1.0)[0][0] for _ in range(3000)]
    assert np.allclose(np.bincount(drawn, minlength=3) / 3000, [0.2, 0.5, 0.3], atol=0.03)


def test_greedy_takes_the_likeliest():
    assert sample(torch.tensor([[0.1, 2.0, 0.3]]), [np.random.default_rng(0)], 0)[0] == [1]


def test_tools_reach_a_template_that_drops_them(tiny):
    _, tokenizer = tiny
    plain = type(tokenizer).from_pretrained(tokenizer.name_or_path)
    plain.chat_template = (
        "{% for m in messages %}<|user|>{{ m.content }}<|end|>{% endfor %}"
        "{% if add_generation_prompt %}<|assistant|>{% endif %}"
    )
    env = make_env(ENV)
    _, info = env.reset(seed=0)
    text = plain.decode(ChatRenderer(plain).prompt(info["messages"], info["tools"]))
    assert all(name in text for name in env.tools)
