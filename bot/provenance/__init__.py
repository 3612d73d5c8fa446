"""Who wrote a commit and a line, how sure that is, and why: pure, over what Git and records say."""
