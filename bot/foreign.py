"""temporary"""

from bot import wording


def plain(text: str) -> str:
    return wording.visible(text)
