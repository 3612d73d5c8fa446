"""The rule kinds: one module each, listed here. Adding one: CONTRIBUTING.md."""

from bot.analysis import Checker
from bot.checkers import bandit, radon, ruff

CHECKERS: list[Checker] = [ruff, bandit, radon]
