"""Where code runs that nobody trusts."""
