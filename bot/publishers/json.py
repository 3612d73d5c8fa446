"""A review as JSON, in the schema published as docs/review.schema.json."""

import json
from typing import Any

from bot import wording
from bot.domain import Authorship, Change, Cost, Evidence, Finding, Fix, Review, Stretch
from bot.publishers import Paper

SCHEMA = "architrave-review/1"


def render(review: Review, paper: Paper) -> str:
    """One JSON document. What was there before is listed only on verbose paper."""
    return json.dumps(document(review, paper.verbose), indent=2) + "\n"


def document(review: Review, verbose: bool = False) -> dict[str, Any]:
    """The review as JSON data."""
    counted = dict.fromkeys(("introduced", "worsened", "moved", "pre-existing", "fixed"), 0)
    for finding in review.findings:
        counted[finding.label] += 1
    return {
        "schema": SCHEMA,
        "change": _change(review.change),
        "findings": [_finding(finding, review) for finding in wording.shown(review, verbose)],
        "summary": counted,
        "coverage": [
            {
                "path": _text(entry.path),
                "checker": entry.checker,
                "status": entry.standing,
                "reason": _text(entry.reason),
            }
            for entry in review.coverage
        ],
        "authorship": authored(review.authorship),
        "verdict": review.verdict,
        "waiting": len(review.blocking),
        "cost": {
            "seconds": round(review.seconds, 3),
            "analysed": review.analysed,
            "from_cache": review.cached,
            "model_tokens": review.cost.tokens,
            "model": _model(review.cost),
        },
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "title": _text(change.title),
        "base": change.base,
        "head": change.head,
        "rules_from": change.trusted,
        "notes": [_text(note) for note in change.notes],
        "files": [
            {
                "path": _text(file.path),
                "old_path": _text(file.old_path) or None,
                "status": file.status,
            }
            for file in change.files
        ],
    }


def _model(cost: Cost) -> dict[str, Any]:
    return {
        "models": list(cost.models),
        "calls": cost.calls,
        "input": cost.input,
        "cache_write": cost.cache_write,
        "cache_read": cost.cache_read,
        "output": cost.output,
        "usd": cost.usd,
        "reused": cost.reused,
        "rejected": dict(cost.rejected),
    }


def _finding(finding: Finding, review: Review) -> dict[str, Any]:
    measure = finding.measure
    return {
        "rule": finding.rule,
        "title": wording.title(finding, review),
        "checker": finding.checker,
        "code": finding.code,
        "severity": finding.severity,
        "label": finding.label,
        "blocking": finding in review.blocking,
        "path": _text(finding.path),
        "old_path": _text(finding.old_path) or None,
        "start_line": finding.start_line,
        "end_line": finding.end_line,
        "symbol": _text(finding.symbol),
        "message": _text(finding.message),
        "why": wording.why(finding, review),
        "instead": wording.instead(finding, review),
        "quote": _text(finding.quote),
        "fix": _fix(finding.fix),
        "measure": None
        if measure is None
        else {
            "name": measure.name,
            "value": measure.value,
            "limit": measure.limit,
            "before": finding.before,
        },
        "fingerprint": finding.fingerprint,
        "authorship": finding.authorship,
        "agents": [_text(name) for name in finding.agents],
    }


def authored(authorship: Authorship) -> dict[str, Any]:
    """Who wrote what, as JSON data: each commit with its evidence, each file with its lines."""
    return {
        "commits": [
            {
                "sha": each.commit.id if each.commit.id != authorship.loose else None,
                "verdict": each.attribution.writer,
                "agents": [_text(name) for name in each.attribution.agents],
                "confidence": each.attribution.confidence,
                "evidence": [_evidence(sign) for sign in each.attribution.evidence],
            }
            for each in authorship.credits
        ],
        "files": [
            {"path": _text(path), "lines": [_lines(each, authorship.loose) for each in stretches]}
            for path, stretches in authorship.files.items()
        ],
        "not_looked_into": [_text(path) for path in authorship.uncounted],
    }


def _evidence(sign: Evidence) -> dict[str, Any]:
    return {
        "kind": sign.kind,
        "says": sign.speaks_for,
        "agent": _text(sign.agent),
        "confidence": sign.confidence,
        "text": _text(sign.text),
    }


def _lines(stretch: Stretch, loose: str) -> dict[str, Any]:
    return {
        "start_line": stretch.start,
        "end_line": stretch.end,
        "sha": stretch.commit if stretch.commit not in ("", loose) else None,
        "verdict": stretch.writer,
        "agents": [_text(name) for name in stretch.agents],
        "confidence": stretch.confidence,
    }


def _fix(fix: Fix | None) -> dict[str, Any] | None:
    if fix is None:
        return None
    return {
        "message": _text(fix.message),
        "safe": fix.safe,
        "edits": [edit._asdict() for edit in fix.edits],
    }


def _text(text: str) -> str:
    """Bytes that are not UTF-8 as `\\xNN`: a lone surrogate is not valid JSON for every reader."""
    if text.isascii():
        return text
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # half of a surrogate pair, written as an escape in the code
        return text.encode("utf-8", "backslashreplace").decode()
