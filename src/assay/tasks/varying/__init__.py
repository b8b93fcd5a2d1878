"""Variants of one item: the same task in other names, other numbers, another order."""
