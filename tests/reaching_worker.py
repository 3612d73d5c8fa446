"""A tool that has been taken over: it tells what was refused to it."""

import os
import socket
from collections.abc import Callable
from typing import Any

from bot.outside.serving import serve


def main() -> None:
    serve(_reach)


def _reach(data: bytes, path: str, options: Any) -> dict[str, bool]:
    def is_refused(act: Callable[[], Any]) -> bool:
        try:
            act()
        except PermissionError:
            return True
        except OSError:
            return False
        return False

    port = int(data)
    return {
        "socket": is_refused(lambda: socket.create_connection(("127.0.0.1", port))),
        "passwd": is_refused(lambda: os.open("/etc/passwd", os.O_RDONLY)),
        "write": is_refused(lambda: os.open(path + ".new", os.O_WRONLY | os.O_CREAT)),
    }
