"""What a change to a Dockerfile takes away from the safety of the image."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_PIPED = re.compile(r"\b(curl|wget)\b[^|\n]{0,400}\|\s*(sudo\s+)?(ba|z|da)?(sh|python3?)\b")
_ROOT = re.compile(r"(root|0)(:.*)?")
_CONTINUED = re.compile(r"\\[ \t]*$")
_INSTRUCTION = re.compile(r"^\s*([A-Za-z]+)\s+(.*)$", re.DOTALL)
_WORDS = 4_000


class Instruction(NamedTuple):
    name: str
    value: str


def parse(lines: Sequence[str]) -> list[Instruction]:
    """The instructions, comments and line breaks left out."""
    found, pending = [], ""
    for line in lines:
        if line.lstrip().startswith("#") or (pending and not line.strip()):
            continue
        pending += _CONTINUED.sub(" ", line)
        if _CONTINUED.search(line) and len(pending) < _WORDS:
            continue
        match = _INSTRUCTION.match(pending)
        if match:
            found.append(Instruction(match[1].upper(), " ".join(match[2].split())))
        pending = ""
    return found


def compare(base: Sequence[Instruction], head: Sequence[Instruction]) -> Iterator[str]:
    """What is less safe at head; sentences without a subject."""
    before, after = _user(base), _user(head)
    if before and not _ROOT.fullmatch(before) and (not after or _ROOT.fullmatch(after)):
        yield f"runs as root; it was `{before[:60]}`"
    elif after and _ROOT.fullmatch(after) and not (before and _ROOT.fullmatch(before)):
        yield "runs as root"
    for image in _images(head):
        if image not in _images(base) and _is_loose(image):
            yield f"builds on `{image[:100]}`, which is not pinned"
    digests = {
        image.partition("@")[0].partition(":")[0] for image in _images(base) if "@sha256:" in image
    }
    for image in _images(head):
        if "@" not in image and image.partition(":")[0] in digests:
            yield f"no longer pins `{image[:100]}` to a digest"
    old = {each.value for each in base}
    for each in head:
        if each.value in old:
            continue
        if (
            each.name == "RUN"
            and _PIPED.search(each.value[:_WORDS])
            and not _piped_before(each, base)
        ):
            yield f"runs what it gets from the net: `{each.value[:100]}`"
        if (
            each.name == "ADD"
            and re.match(r"(--\S+ )*(https?|ftp)://", each.value)
            and "--checksum=" not in each.value
        ):
            yield f"adds what it gets from the net unchecked: `{each.value[:100]}`"
        if each.name == "RUN" and "--security=insecure" in each.value:
            yield "builds with `--security=insecure`"


def _piped_before(each: Instruction, base: Sequence[Instruction]) -> bool:
    match = _PIPED.search(each.value[:_WORDS])
    return match is not None and any(match.group() in old.value for old in base)


def _user(instructions: Sequence[Instruction]) -> str:
    """Who the last stage runs as; "" where it does not say."""
    user = ""
    for each in instructions:
        if each.name == "FROM":
            user = ""
        elif each.name == "USER":
            user = each.value
    return user


def _images(instructions: Sequence[Instruction]) -> list[str]:
    stages: set[str] = {"scratch"}
    found = []
    for each in instructions:
        if each.name == "FROM":
            words = [word for word in each.value.split() if not word.startswith("--")]
            if words and words[0] not in stages:
                found.append(words[0])
            stages.update(words[2:3])
    return found


def _is_loose(image: str) -> bool:
    if "$" in image or "@" in image:
        return False
    name = image.rpartition("/")[2]
    return ":" not in name or name.endswith(":latest")
