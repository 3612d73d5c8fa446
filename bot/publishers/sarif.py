"""A review as SARIF 2.1.0, as GitHub code scanning takes it.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html and
https://docs.github.com/code-security/reference/code-scanning/sarif-support-for-code-scanning
"""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from bot import __version__, wording
from bot.domain import BLOCKING_LABELS, Finding, Review, Rule
from bot.publishers import Paper

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_HOME = "https://github.com/architrave/architrave"
# Code scanning orders alerts of the security pack by this number.
_SECURITY_SEVERITY = {"error": "8.0", "warning": "5.5", "note": "2.0"}
# Above these, code scanning refuses or drops (25,000 results a run).
_RESULT_LIMIT = 25_000


def render(review: Review, paper: Paper) -> str:
    """One SARIF log with one run. Only what the change introduced or made worse is a result."""
    found = [f for f in review.findings if f.label in BLOCKING_LABELS][:_RESULT_LIMIT]
    rules = [review.rules[name] for name in sorted({finding.rule for finding in found})]
    log = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "Architrave",
                        "semanticVersion": __version__,
                        "informationUri": _HOME,
                        "rules": [_rule(rule) for rule in rules],
                    }
                },
                "automationDetails": {"id": "architrave/"},
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {"ROOT": {"description": {"text": "The repository's root."}}},
                "invocations": [_invocation(review)],
                "results": [_result(finding, review, rules) for finding in found],
            }
        ],
    }
    return json.dumps(log, indent=2) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    text = f"{rule.why}\n\nInstead: {rule.instead}"
    described: dict[str, Any] = {
        "id": rule.id,
        "name": "".join(part.title() for part in rule.id.replace("/", "-").split("-")),
        "shortDescription": {"text": rule.title[:1024]},
        "fullDescription": {"text": " ".join(rule.why.split())[:1024]},
        "help": {"text": text, "markdown": f"{rule.why}\n\n**Instead:** {rule.instead}"},
        "defaultConfiguration": {"level": rule.severity},
        "properties": {"tags": [rule.id.split("/")[0]]},
    }
    if rule.id.startswith("security/"):
        described["properties"]["tags"] = ["security"]
        described["properties"]["security-severity"] = _SECURITY_SEVERITY[rule.severity]
    return described


def _result(finding: Finding, review: Review, rules: Sequence[Rule]) -> dict[str, Any]:
    advice = wording.instead(finding, review)
    mark = f" ({wording.judgement(finding)})".removesuffix(" ()")
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": [rule.id for rule in rules].index(finding.rule),
        "level": finding.severity,
        "message": {"text": f"{wording.visible(finding.message)}{mark}\n{advice}".strip()},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": _location(finding.path),
                    "region": {
                        "startLine": finding.start_line,
                        "endLine": finding.end_line,
                        "snippet": {"text": "\n".join(wording.lines_of(finding.quote)) or " "},
                    },
                }
            }
        ],
        "partialFingerprints": {"architrave/v1": finding.fingerprint},
        "baselineState": "new" if finding.label == "introduced" else "updated",
    }
    if finding.fix and finding.fix.safe:
        result["fixes"] = [_fix(finding)]
    return result


def _fix(finding: Finding) -> dict[str, Any]:
    assert finding.fix is not None
    return {
        "description": {"text": wording.visible(finding.fix.message) or "Safe fix"},
        "artifactChanges": [
            {
                "artifactLocation": _location(finding.path),
                "replacements": [
                    {
                        "deletedRegion": {
                            "startLine": edit.start_line,
                            "startColumn": edit.start_column,
                            "endLine": edit.end_line,
                            "endColumn": edit.end_column,
                        },
                        "insertedContent": {"text": edit.text},
                    }
                    for edit in finding.fix.edits
                ],
            }
        ],
    }


def _location(path: str) -> dict[str, str]:
    return {"uri": quote(path.encode("utf-8", "surrogateescape")), "uriBaseId": "ROOT"}


def _invocation(review: Review) -> dict[str, Any]:
    return {
        "executionSuccessful": review.verdict != "incomplete",
        "toolExecutionNotifications": [
            {"level": "error", "message": {"text": f"Not checked: {text}"}}
            for text in wording.unchecked(review)
        ],
    }
