"""GitHub's answers, and its refusals, as what they mean."""

from typing import Any

import pytest
from bot_on_github import BAD, Shop, shop
from github_http import Answer

from bot.outside import github_answers

__all__ = ["shop"]
LATER = "You have exceeded a secondary rate limit."


@pytest.mark.parametrize(
    ("status", "headers", "message", "wait"),
    [
        (403, {}, "Resource not accessible by integration", None),
        (403, {"Retry-After": "7"}, "", 7.0),
        (429, {"retry-after": "7"}, "", 7.0),
        (403, {}, LATER, 60.0),
        (429, {}, "", 60.0),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1030"}, "", 30.0),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "10"}, "", 0.0),
        (502, {"Retry-After": "7"}, LATER, None),
        (403, None, "", None),
        (429, {"Retry-After": "soon"}, "", 60.0),
    ],
)
def test_how_long_to_wait(
    status: int, headers: dict[str, str] | None, message: str, wait: float | None
) -> None:
    assert github_answers.pause(status, headers, message, 1000.0) == wait


@pytest.mark.parametrize(
    ("errors", "status", "wait"),
    [
        ([{"type": "NOT_FOUND", "message": "No"}], 404, None),
        ([{"type": "FORBIDDEN", "message": "No"}], 403, None),
        ([{"type": "RATE_LIMITED", "message": "No"}], 429, 60.0),
        ([{"message": "Something went wrong while executing your query."}], 502, None),
        ([{"type": "MAX_NODE_LIMIT_EXCEEDED", "message": "No"}], 400, None),
        (["odd"], 502, None),
    ],
)
def test_what_a_query_failed_of(errors: list[Any], status: int, wait: float | None) -> None:
    message, *rest = github_answers.graphql_failure(errors)
    assert rest == [status, wait]
    assert message.startswith("GitHub: ")


def test_a_query_that_took_too_long_is_asked_again(shop: Shop) -> None:
    content = b'{"data": null, "errors": [{"message": "Something went wrong"}]}'
    answer = Answer(200, content, {"Content-Type": "application/json"})
    shop.hub.answer("POST", "/graphql", answer, times=2)
    pull = shop.opened(BAD)
    assert len(pull.threads) == 2


def test_a_line_comment_has_no_start_that_is_its_end() -> None:
    assert "start_line" not in github_answers.line_comment("a", 3, 3, "b")
    assert github_answers.line_comment("a", 3, 2, "b")["start_line"] == 2
    assert github_answers.line_comment("a", None, None, "b")["subject_type"] == "file"
