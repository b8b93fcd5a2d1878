"""Verdicts shown: in the terminal, as one HTML file, as charts. Decides nothing."""
