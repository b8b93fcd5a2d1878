"""Tasks verified by running them: the tests fail before the fix, and pass after it, every time."""
