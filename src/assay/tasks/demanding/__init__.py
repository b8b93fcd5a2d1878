"""Where a repository can be made to demand a secret: in Python, in JavaScript."""
