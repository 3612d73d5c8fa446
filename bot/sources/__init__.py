"""Where a change comes from."""
