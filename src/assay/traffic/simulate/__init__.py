"""Weeks of API traffic whose truth is known: honest and not, blind to what detection looks at."""
