"""Draws docs/demo.svg: what `make demo` shows, as a terminal shows it. `make picture` runs it."""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

HERE = Path(__file__).parent
WIDTH = 102
_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def main() -> None:
    """Run the demo in colour and draw it; no font is loaded from anywhere."""
    command = [Path(sys.executable).parent / "review-local", "--demo"]
    shown = subprocess.run(
        command, env={**os.environ, "FORCE_COLOR": "1"}, stdout=subprocess.PIPE, check=True
    ).stdout.decode()
    console = Console(width=WIDTH, record=True, file=io.StringIO(), force_terminal=True)
    for line in shown.rstrip("\n").split("\n"):
        console.print(Text.from_ansi(line), soft_wrap=True)
    drawn = console.export_svg(title="make demo", theme=MONOKAI, unique_id="demo")
    drawn = _FONTS.sub("", drawn).replace("Fira Code, monospace", "monospace")
    rows = (line.rstrip() for line in drawn.splitlines())
    (HERE / "demo.svg").write_text("\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
