"""The pages of the service, for the people who answer."""
