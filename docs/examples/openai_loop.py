"""Any OpenAI-compatible endpoint as the agent: python docs/examples/openai_loop.py BASE_URL MODEL ENV_ID EPISODES."""

import sys

import gymnasium as gym
from openai import OpenAI

import trace_gym
from trace_gym.llm.messages import action_of, chat_messages

base_url, model, env_id, episodes = sys.argv[1:5]
trace_gym.discover()
client, env = OpenAI(base_url=base_url, api_key="-"), gym.make(env_id)
rewards = []
for index in range(int(episodes)):
    _, info = env.reset(options={"index": index})
    over = False
    while not over:
        answer = client.chat.completions.create(
            model=model, messages=chat_messages(info["messages"]), tools=info["tools"]
        )
        _, reward, terminated, truncated, info = env.step(action_of(answer.choices[0].message))
        over = terminated or truncated
    rewards.append(reward)
    print(f"task {index}: reward {reward:.2f}, terms {info['reward_terms']}")
print(f"mean reward {sum(rewards) / len(rewards):.2f}")
