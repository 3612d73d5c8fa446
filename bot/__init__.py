"""Architrave: a code review that a human must answer."""

__version__ = "0.1.0"
