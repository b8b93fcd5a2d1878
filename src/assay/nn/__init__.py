"""A decoder-only transformer and its training loop, from scratch, small enough to read.

In reading order: `shape` (how large), `gpt` (the network), `tokens` (text and numbers), `train`
(the loop), `save` (a Hugging Face folder that `local:` opens).
"""
