# Evaluates a model behind an OpenAI-compatible endpoint with verifiers: docs/examples/verifiers_eval.sh BASE_URL MODEL ENV_ID TASKS
vf-eval trace-verifiers --env.taskset.env-id "$3" --env.taskset.tasks "$4" --model "$2" --client.base-url "$1" \
  --client.api-key-var OPENAI_API_KEY --no-push --no-rich
