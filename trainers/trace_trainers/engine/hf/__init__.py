"""The Hugging Face backend: batched sampling with one KV cache."""
