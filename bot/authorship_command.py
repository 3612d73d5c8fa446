"""`review-local authorship [RANGE]`: who wrote which commit and which lines, and how that is known."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing

from bot import attribution, settings, standards, wording
from bot.domain import Authorship, Change, Credit, Request, Stretch
from bot.outside.git import Repository
from bot.publishers.json import authored
from bot.publishers.markdown import escape
from bot.settings import Settings
from bot.sources import local

_MOST_SIGNS = 3


def show(folder: str, surroundings: Settings, request: Request, declared: str, style: str) -> str:
    """The authorship of a change as `terminal` text, `json` or `markdown`.

    Raises `ArchitraveError` for a change that is none, `GitFailed` where Git's answer breaks off.
    """
    with closing(Repository(folder, surroundings.environ)) as repository:
        change = local.read(request, repository)
        own, project, _ = standards.texts_at(repository, change.trusted)
        policy = settings.read_policy(own, project)
        written = attribution.of_change(change, repository, policy, declared)
    if style == "json":
        return json.dumps(authored(written), indent=2) + "\n"
    lines = _markdown(change, written) if style == "markdown" else _terminal(change, written)
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _terminal(change: Change, written: Authorship) -> Iterator[str]:
    yield f"Architrave  {wording.visible(change.title)}"
    yield ""
    for each in reversed(written.credits):
        found = each.attribution
        yield f"{_name(each, written)}  {_verdict(each):<34} {found.confidence if found.evidence else '':<7} {_subject(each)}"
        for text in _signs(each):
            yield f"{'':14}{wording.visible(text)}"
    yield ""
    width = max((len(path) for path in written.files), default=0)
    for path, stretches in written.files.items():
        yield f"{wording.visible(path):<{min(width, 60)}}  {_shares(stretches)}"
    yield from _closing(written)


def _markdown(change: Change, written: Authorship) -> Iterator[str]:
    yield f"## Who wrote {escape(change.title)}"
    yield ""
    yield "| commit | by | confidence | evidence |"
    yield "|---|---|---|---|"
    for each in reversed(written.credits):
        signs = "; ".join(escape(text) for text in _signs(each))
        confidence = each.attribution.confidence if each.attribution.evidence else ""
        yield f"| {_name(each, written).strip()} {escape(_subject(each))} | {escape(_verdict(each))} | {confidence} | {signs} |"
    yield ""
    yield "| file | added lines |"
    yield "|---|---|"
    for path, stretches in written.files.items():
        yield f"| {escape(path)} | {escape(_shares(stretches))} |"
    yield ""
    yield from (escape(line) for line in _closing(written))


def _closing(written: Authorship) -> Iterator[str]:
    if written.files:
        yield ""
    summary = wording.written_by(written)
    if summary:
        yield f"{summary}."
    counts: dict[str, int] = {}
    for each in written.credits:
        counts[each.attribution.writer] = counts.get(each.attribution.writer, 0) + 1
    parts = [
        f"{count} {_WORDS[writer]}"
        for writer, count in sorted(counts.items(), key=lambda pair: -pair[1])
    ]
    yield f"{wording.plural(len(written.credits), 'commit')}: {', '.join(parts) or 'none'}."


_WORDS = {
    "ai": "by agents",
    "human": "by people, as they say",
    "automation": "by programs",
    "unknown": "without a sign, which is no sign of a person",
}


def _name(credit: Credit, written: Authorship) -> str:
    return "not committed" if credit.commit.id == written.loose else credit.commit.id[:12]


def _verdict(credit: Credit) -> str:
    found = credit.attribution
    return wording.visible(" and ".join(found.agents)) if found.writer == "ai" else found.writer


def _subject(credit: Credit) -> str:
    return wording.visible(credit.commit.message.partition("\n")[0][:60])


def _signs(credit: Credit) -> list[str]:
    signs = [each.text for each in credit.attribution.evidence]
    more = len(signs) - _MOST_SIGNS
    return signs[:_MOST_SIGNS] + ([f"and {wording.plural(more, 'sign')} more"] if more > 0 else [])


def _shares(stretches: Sequence[Stretch]) -> str:
    counts: dict[str, int] = {}
    for each in stretches:
        who = wording.visible(" and ".join(each.agents)) if each.writer == "ai" else each.writer
        counts[who] = counts.get(who, 0) + each.end - each.start + 1
    ordered: Mapping[str, int] = dict(sorted(counts.items(), key=lambda pair: -pair[1]))
    return ", ".join(f"{count} {who}" for who, count in ordered.items())
