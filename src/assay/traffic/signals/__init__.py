"""Signals of harvesting: each gives one number for an account or a cluster, higher is more like it.

A signal reads evidence and context, never what links accounts; the one exception says so
(`linkage`) and serves triage of accounts alone. None of them is a verdict: honest traffic does
everything that a signal looks for, only less of it together.
"""
