"""The environment contract: everything an LLM tool environment is made of."""
