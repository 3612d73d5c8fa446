"""The ledger's shapes, oldest first, and the way from one to the next."""
