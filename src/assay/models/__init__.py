"""Models that answer: local weights, and a script for tests and examples."""
