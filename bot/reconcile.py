"""What the bot has told before against what there is to tell now: post, keep, gone."""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import NamedTuple

from bot.conversation import Person, Posted, Remark, Thread, Told
from bot.domain import SEVERITIES, Finding
from bot.placement import Spot


class Known(NamedTuple):
    """A thread that the bot has opened, and the finding it is about."""

    thread: Thread
    told: Told


class Plan(NamedTuple):
    """What to do: spots to post, those there is no room for, threads that stand, threads whose
    finding is gone, and of those that stand the ones that tell of other code than there is now."""

    post: tuple[Spot, ...]
    beyond: tuple[Spot, ...]
    keep: tuple[Known, ...]
    gone: tuple[Known, ...]
    changed: tuple[tuple[Known, Spot], ...] = ()


def known(
    threads: Iterable[Thread], bot: Person, read: Callable[[str], Told | None]
) -> list[Known]:
    """The threads that the bot has opened about findings; marks that anybody else has written, or
    may have, are nobody's."""
    found = []
    for thread in threads:
        if not thread.remarks or not is_same(thread.remarks[0].author, bot):
            continue
        if not is_own(thread.remarks[0]):
            continue
        told = read(thread.remarks[0].body)
        if told is not None:
            found.append(Known(thread, told))
    return found


def is_same(one: Person, other: Person) -> bool:
    """Whether two accounts are one; GraphQL names bots without `[bot]`, REST with it."""
    if one.id and other.id:
        return one.id == other.id
    plain = one.login.removesuffix("[bot]").casefold()
    return plain == other.login.removesuffix("[bot]").casefold() and one.kind == other.kind


def is_own(said: Remark | Posted) -> bool:
    """Whether words are still those of their author."""
    return not said.edited or is_same(said.editor, said.author)


def reconcile(
    spots: Sequence[Spot],
    threads: Sequence[Known],
    cap: int,
    unanswered: Collection[str],
    blocking: Collection[Finding],
) -> Plan:
    """What to post and what stands. The worst come first when there is no room for all.

    What nobody has to answer takes no room from the *blocking* findings, nor does what is answered.
    A thread stands for its finding as long as the code is the same, wherever it has moved. If the
    code has changed, a thread that is open and, by its id in *unanswered*, answered by nobody stands
    too, and is to tell of the new code; another was answered for other code: the finding is told
    again.
    """
    held = _stand(spots, threads, unanswered)
    names = {spot.finding.fingerprint for spot in spots}
    gone = tuple(each for each in threads if each.told.fingerprint not in names)
    keep = tuple(known for known, _ in held if known is not None)
    changed = tuple(
        (known, spot)
        for known, spot in held
        if known is not None and known.told.code != spot.finding.version
    )
    fresh = sorted((spot for known, spot in held if known is None), key=_worst_first)
    waiting = [
        each.told.fingerprint
        for each in keep
        if not each.thread.is_resolved and each.thread.id in unanswered
    ]
    post, beyond = _fill(fresh, cap, waiting, blocking)
    return Plan(post, beyond, keep, gone, changed)


def _stand(
    spots: Sequence[Spot], threads: Sequence[Known], unanswered: Collection[str]
) -> list[tuple[Known | None, Spot]]:
    """Each spot with the thread that stands for it; None where it is to be told."""
    by_name: dict[str, list[Known]] = {}
    for each in threads:
        by_name.setdefault(each.told.fingerprint, []).append(each)
    held = []
    for spot in spots:
        standing = [
            each
            for each in by_name.get(spot.finding.fingerprint, ())
            if each.told.code == spot.finding.version
            or (not each.thread.is_resolved and each.thread.id in unanswered)
        ]
        # Of several the one that tells of this code, then the one where people are.
        best = max(
            standing,
            key=lambda each: (each.told.code == spot.finding.version, len(each.thread.remarks)),
            default=None,
        )
        held.append((best, spot))
    return held


def _fill(
    fresh: Sequence[Spot], cap: int, waiting: Sequence[str], blocking: Collection[Finding]
) -> tuple[tuple[Spot, ...], tuple[Spot, ...]]:
    """What there is room for beside the threads that are *waiting*, by the names of their findings,
    and what there is none for."""
    must = [spot for spot in fresh if spot.finding in blocking]
    others = [spot for spot in fresh if spot.finding not in blocking]
    names = {finding.fingerprint for finding in blocking}
    post = must[: max(0, cap - sum(name in names for name in waiting))]
    post += others[: max(0, cap - len(waiting) - len(post))]
    return tuple(post), tuple(spot for spot in fresh if spot not in post)


def _worst_first(spot: Spot) -> tuple[int, str, int]:
    finding = spot.finding
    return SEVERITIES.index(finding.severity), finding.path, finding.start_line
