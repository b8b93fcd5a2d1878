"""Tasks: made from git history, verified by running them, varied, planted and sealed."""
