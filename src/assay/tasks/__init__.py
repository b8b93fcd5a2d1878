"""Tasks out of history: mined, verified, varied, planted, sealed."""
