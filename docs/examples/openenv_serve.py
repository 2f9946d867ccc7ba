"""Serves an environment to OpenEnv clients and plays its solution: python docs/examples/openenv_serve.py ENV_ID."""

import sys
import threading
import time

import uvicorn
from openenv import GenericEnvClient

import trace_gym
from trace_gym.integrations.openenv import app

env_id = sys.argv[1]
server = uvicorn.Server(uvicorn.Config(app(env_id), port=8765, log_level="warning"))
threading.Thread(target=server.run, daemon=True).start()
while not server.started:
    time.sleep(0.05)

solver = trace_gym.make_env(env_id)  # stands in for a model
solver.reset(options={"index": 0})
with GenericEnvClient(base_url="http://127.0.0.1:8765").sync() as client:
    result = client.reset(index=0)
    print("user:", result.observation["text"])
    for turn in solver.oracle():
        result = client.step({"text": turn})
        print("agent:", turn, "\nanswer:", result.observation["text"])
print("done:", result.done, "reward:", result.reward)
