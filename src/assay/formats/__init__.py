"""Outside formats, one file each: rows of a file become items, items become rows of a file."""
