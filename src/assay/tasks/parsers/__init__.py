"""What a test run printed, read: one file for each runner. Start at `table`."""
