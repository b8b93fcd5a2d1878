"""What other programs load Assay by."""
