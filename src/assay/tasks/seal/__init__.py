"""Sealing: a task's repository without its answer, a gate that looks for it, and two halves."""
