"""The child's side of `bot.outside.worker`. Imports little: every child pays for it."""

import json
import os
import sys
from collections.abc import Callable
from typing import Any

from bot.outside.confinement import confine


def serve(analyse: Callable[[bytes, str, Any], Any]) -> None:
    """The child's side: answer every file of the one document with *analyse(data, path, options)*."""
    # Whatever a library prints must not be taken for an answer.
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    # All is imported that will be, but for what libraries put off.
    confine([*sys.path, os.getcwd()])
    document = json.loads(sys.stdin.buffer.read())
    for path in document["files"]:
        answer = _answer(analyse, path, document["options"])
        answers.write(json.dumps(answer).encode() + b"\n")
    # Nothing is left to flush, and taking the syntax trees apart would take 10 ms.
    os._exit(0)


def _answer(analyse: Callable[[bytes, str, Any], Any], path: str, options: Any) -> dict[str, Any]:
    try:
        with open(path, "rb") as file:
            return {"result": analyse(file.read(), path, options)}
    except SyntaxError as error:
        return {"failure": f"line {error.lineno or 1} does not parse: {error.msg}"}
    except (RecursionError, MemoryError):
        return {"failure": "too large or too deeply nested"}
    except Exception as error:  # noqa: BLE001 - whatever a library raises costs this file only
        return {"failure": f"{type(error).__name__}: {' '.join(str(error).split())}"}
