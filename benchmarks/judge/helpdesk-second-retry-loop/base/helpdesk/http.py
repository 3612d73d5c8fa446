"""Calls to other systems, with retries."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

import requests

Answer = TypeVar("Answer")
WAIT = 0.5


class Unreachable(Exception):
    """All attempts failed."""


def with_retries(call: Callable[[], Answer], attempts: int = 4) -> Answer:
    """What *call* returns, tried again after timeouts and broken connections.

    The wait doubles each time, with up to a quarter of it at random. Raises Unreachable.
    """
    for attempt in range(attempts):
        try:
            return call()
        except (requests.Timeout, requests.ConnectionError) as error:
            if attempt == attempts - 1:
                raise Unreachable(str(error)) from error
            time.sleep(WAIT * 2**attempt * random.uniform(1, 1.25))
    raise ValueError("at least one attempt is needed")
