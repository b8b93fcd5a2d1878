"""The lab: models whose contamination is known, and what each instrument makes of them."""
