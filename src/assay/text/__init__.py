"""Plain text in, text or numbers out: normalising, n-grams, overlap, model-free features."""
