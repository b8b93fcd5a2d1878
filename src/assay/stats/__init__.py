"""Tests, e-values, intervals and bounds over plain arrays; knows none of the project's nouns."""
