"""How many requests GitHub takes: the primary limit and the secondary ones, on the hub's clock."""

import collections
from dataclasses import dataclass, field

from github_accounts import Token
from github_faults import exhausted, limited
from github_http import Answer, Request

CONTENT = ("/reviews", "/comments", "/replies", "/events")


@dataclass
class Limits:
    """Numbers are GitHub's; a test may set smaller ones."""

    hourly: dict[str, int] = field(
        default_factory=lambda: {
            "installation": 5000,
            "actions": 1000,
            "personal": 5000,
            "user": 5000,
        }
    )
    nobody: int = 60
    content_per_minute: int = 80
    content_per_hour: int = 500
    points_per_minute: int = 900
    graphql_points_per_minute: int = 2000
    used: dict[tuple[str, str], list[float]] = field(
        default_factory=lambda: collections.defaultdict(list)
    )
    barred: dict[tuple[str, str, str], float] = field(default_factory=dict)

    def limit(self, token: Token | None) -> int:
        return self.hourly[token.kind] if token else self.nobody

    def count(self, request: Request, token: Token | None, now: float) -> Answer | None:
        """Counts a request; the refusal when it is one too many."""
        who = token.value if token else ""
        resource = "graphql" if request.is_graphql else "core"
        if self.spent(who, resource, now) >= self.limit(token):
            return exhausted(self.used[who, resource][0] + 3600, self.limit(token))
        for kind, points, span, most in self._rules(request):
            recent = [at for at in self.used[who, kind] if at > now - span]
            if len(recent) + points > most:
                return limited(403, max(int(recent[0] + span - now) + 1, 1) if recent else 60)
        self.used[who, resource].append(now)
        for kind, points in {kind: points for kind, points, *_ in self._rules(request)}.items():
            self.used[who, kind] += [now] * points
        return None

    def spent(self, who: str, resource: str, now: float) -> int:
        kept = [at for at in self.used[who, resource] if at > now - 3600]
        self.used[who, resource] = kept
        return len(kept)

    def free(self, token: Token | None) -> None:
        """Gives one back: an answer that says "not modified" costs nothing."""
        self.used[token.value if token else "", "core"].pop()

    def headers(self, request: Request, token: Token | None, now: float) -> dict[str, str]:
        who, resource = token.value if token else "", "graphql" if request.is_graphql else "core"
        spent, limit = self.spent(who, resource, now), self.limit(token)
        first = self.used[who, resource][0] if spent else now
        return {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(max(limit - spent, 0)),
            "X-RateLimit-Used": str(spent),
            "X-RateLimit-Reset": str(int(first + 3600)),
            "X-RateLimit-Resource": resource,
        }

    def too_early(self, request: Request, now: float) -> bool:
        """Whether the same request was told to wait, and did not."""
        return now < self.barred.get(self._name(request), 0)

    def told(self, request: Request, answer: Answer, now: float) -> None:
        """Remembers that an answer said how long to wait."""
        wait = answer.headers.get("Retry-After")
        if wait and answer.status in (403, 429):
            self.barred[self._name(request)] = now + int(wait) - 1

    def _name(self, request: Request) -> tuple[str, str, str]:
        return request.method, request.path, request.headers.get("authorization", "")

    def _rules(self, request: Request) -> list[tuple[str, int, int, int]]:
        """Kind, points, span in seconds and most points in that span."""
        writes = request.is_write
        if request.is_graphql:
            most = self.graphql_points_per_minute
            return [("graphql points", 5 if writes else 1, 60, most)]
        rules = [("points", 5 if writes else 1, 60, self.points_per_minute)]
        if request.method == "POST" and request.path.endswith(CONTENT):
            rules += [
                ("content", 1, 60, self.content_per_minute),
                ("content", 1, 3600, self.content_per_hour),
            ]
        return rules
