"""A decoder-only transformer and its training loop, from scratch, small enough to read."""
