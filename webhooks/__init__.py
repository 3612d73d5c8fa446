"""The service: GitHub's webhooks in, reviews and settled gates out."""
