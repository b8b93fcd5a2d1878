"""Instruments on a model. One file, one question."""
