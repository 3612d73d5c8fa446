"""What a change takes away from a workflow of GitHub Actions, or lets it do besides."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

# Programs whose failure is what a workflow is run for.
_CHECKS = re.compile(
    r"\b(pytest|tox|nox|ruff|flake8|mypy|pylint|bandit|pyright|basedpyright|pyrefly|pip-audit|safety|semgrep"
    r"|pre-commit|codespell|zizmor|actionlint|hypothesis|diff-cover|lint-imports|interrogate|vulture|deptry"
    r"|(?:npm|pnpm|yarn)(?: run)? (?:test|lint|typecheck|audit)|make (?:test|lint|check|typecheck)\w*"
    r"|unittest|coverage (?:run|report)|black --check|isort --check|eslint|tsc|go (?:test|vet)"
    r"|cargo (?:test|clippy|audit)|manage\.py test|twine check)\b"
)
_CHECK_ACTIONS = re.compile(
    r"^(github/codeql-action/analyze|pre-commit/action|astral-sh/ruff-action|actions/dependency-review-action"
    r"|codecov/codecov-action|pypa/gh-action-pip-audit|step-security/.*|ossf/scorecard-action|.*zizmor.*)$"
)
_CHECKING = re.compile(r"test|lint|check|typ(e|ing)|audit|scan|secur|codeql|cover", re.IGNORECASE)
# What a script is held together by.
_GLUE = re.compile(
    r"(echo|set|if|fi|else|elif|then|for|while|do|done|cd|mkdir|exit|ls|cat|case|esac|git config)\b|[^\w./~$]"
)
_NO_CHECK = re.compile(r"^(#|echo\b|printf\b|true\b|:)|\b(install|add|sync)\b")
_FORGIVEN = re.compile(r"\|\|\s*(true|:|exit 0|echo)|--exit-zero|^\s*set \+e")
_FROM_THE_NET = re.compile(r"\b(curl|wget)\b[^|\n]{0,400}\|\s*(sudo\s+)?(ba|z|da)?sh\b")
_SECRET = re.compile(r"secrets\.(\w+)")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_VERSION = re.compile(r"v?\d[\w.\-]*|release/v?\d[\w.\-]*")
_NEVER = re.compile(r"^(\$\{\{)?\s*(false|0)\s*(\}\})?$", re.IGNORECASE)
_PULLS = ("pull_request", "merge_group")
_MOST = 3
_SCRIPT = 50_000
# Of a command, so much is shown.
_SHOWN = 60


class Step(NamedTuple):
    """A step as far as it matters here; *place* names job and step to a person."""

    place: str
    run: str
    uses: str
    forgives: bool
    never: bool


class Facts(NamedTuple):
    """A workflow as sets to compare."""

    triggers: Mapping[str, Any]
    jobs: Mapping[str, Any]
    steps: Sequence[Step]
    checks: Counter[str]
    texts: Sequence[str]
    permissions: Mapping[str, Any]


def facts(data: Any) -> Facts:
    """What can be compared in the data of a workflow or an action; empty for anything else."""
    data = data if isinstance(data, dict) else {}
    jobs = {name: job for name, job in _dict(data.get("jobs")).items() if isinstance(job, dict)}
    if not jobs and isinstance(data.get("runs"), dict):
        jobs = {"runs": data["runs"]}
    steps = [step for name, job in jobs.items() for step in _steps(name, job)]
    found: Counter[str] = Counter()
    for step in steps:
        found.update(_checks(step))
    permissions = {"": data["permissions"]} if "permissions" in data else {}
    permissions.update(
        (name, job["permissions"]) for name, job in jobs.items() if "permissions" in job
    )
    return Facts(_triggers(data.get("on")), jobs, steps, found, _texts(data), permissions)


def compare(base: Facts, head: Facts, elsewhere: Counter[str]) -> Iterator[str]:
    """What head does less, or may do more, than base; sentences without a subject.

    *elsewhere* are the checks that other changed workflows gained.
    """
    yield from _less(base, head, elsewhere)
    yield from _more(base, head)
    yield from _permissions(base, head)


def differences(base: Facts, head: Facts) -> Iterator[str]:
    """What head does otherwise, be it weaker or not; sentences without a subject.

    What runs without rights and secrets is no matter of trust, nor is on what machines, for which
    versions and in what order, nor are the versions of actions that were in use before.
    """
    if _secrets(head) or _all_writes(head):
        ran, runs = (
            Counter(line for step in of.steps for line in _commands(step.run))
            for of in (base, head)
        )
        if runs - ran:
            yield f"has rights or secrets and runs {_few(list(runs - ran))}"
    used = {step.uses.partition("@")[0] for step in base.steps}
    uses = dict.fromkeys(step.uses.partition("@")[0] for step in head.steps)
    fresh = [
        each
        for each in uses
        if each and each not in used and not each.startswith(("actions/", "./"))
    ]
    if fresh:
        yield f"uses {_few(fresh)}"
    triggers = [each for each in head.triggers if each not in base.triggers]
    if triggers:
        yield f"runs on {_few(triggers)}"
    writes = _all_writes(head) - _all_writes(base)
    if writes:
        yield f"may write {_few(sorted(writes))}"


def _commands(run: str) -> list[str]:
    """The commands in a script by their first words, long ones cut."""
    joined = re.sub(r"\\[ \t]*\n", " ", run[:_SCRIPT])
    lines = (" ".join(line.split()) for line in joined.splitlines())
    return [
        _cut(line)
        for line in lines
        if line and not _GLUE.match(line) and not _NO_CHECK.search(line[:500])
    ]


def _cut(line: str) -> str:
    """A command as far as it is shown, to the end of a word."""
    if len(line) <= _SHOWN:
        return line
    return (line[:_SHOWN].rpartition(" ")[0] or line[:_SHOWN]) + "…"


def _less(base: Facts, head: Facts, elsewhere: Counter[str]) -> Iterator[str]:
    gone = [check for check in base.checks if check not in head.checks and check not in elsewhere]
    if gone:
        yield f"no longer runs {_few(gone)}"
    # Where it is known what a job checks, the checks tell whether they are gone.
    known_jobs = {step.place.partition(":")[0] for step in base.steps if _checks(step)}
    removed = [
        name
        for name in base.jobs
        if name not in head.jobs and _CHECKING.search(name) and name not in known_jobs
    ]
    if removed and len(head.jobs) < len(base.jobs):
        yield f"removes the job {_few(removed)}"
    for name, attribute in (("continues after a failure of", "forgives"), ("never runs", "never")):
        old = {step.place for step in base.steps if getattr(step, attribute)}
        known = {step.place for step in base.steps}
        new = [
            step.place for step in head.steps if getattr(step, attribute) and step.place not in old
        ]
        new = [
            place
            for place in new
            if place in known or (attribute == "forgives" and not _is_added(place, base, head))
        ]
        if new:
            yield f"{name} {_few(new)}"
    old_lines = set(_forgiven(base))
    forgiven = [
        line
        for step in head.steps
        if not _is_added(step.place, base, head)
        for line in _forgiven_lines(step)
        if line not in old_lines
    ]
    if forgiven:
        yield f"ignores the outcome of {_few(forgiven)}"
    if any(name in base.triggers for name in _PULLS) and not any(
        name in head.triggers for name in (*_PULLS, "pull_request_target", "workflow_call")
    ):
        yield "no longer runs on pull requests"


def _more(base: Facts, head: Facts) -> Iterator[str]:
    for trigger in ("pull_request_target", "workflow_run"):
        if trigger in head.triggers and trigger not in base.triggers:
            yield f"runs on `{trigger}`, with the rights of the base branch"
    old, new = _secrets(base), _secrets(head)
    if new - old:
        yield f"is given the secret {_few(sorted(new - old))}"
    known = {step.uses for step in base.steps}
    pinned = {step.uses.partition("@")[0] for step in base.steps if _is_pinned(step.uses)}
    for uses in dict.fromkeys(step.uses for step in head.steps if step.uses not in known):
        name, _, reference = uses.partition("@")
        if _is_loose(uses):
            yield f"uses `{uses[:100]}`, which is not pinned"
        elif name in pinned and reference and not _is_pinned(uses):
            yield f"no longer pins `{name[:100]}` to a commit"
    before = {text for step in base.steps for text in _piped(step.run)}
    piped = [text for step in head.steps for text in _piped(step.run) if text not in before]
    if piped:
        yield f"runs what it gets from the net: {_few(piped)}"


def _permissions(base: Facts, head: Facts) -> Iterator[str]:
    for job, given in head.permissions.items():
        effective = base.permissions.get(job, base.permissions.get(""))
        if effective is None and job in base.jobs:
            continue  # what the repository grants by default is not known
        new = sorted(_writes(given) - _writes(effective))
        if new:
            yield f"may write {_few(new)}" + (f" in `{job}`" if job else "")
    dropped = [
        job
        for job in base.permissions
        if job not in head.permissions and (not job or job in head.jobs)
    ]
    if dropped and "" not in head.permissions:
        yield "no longer limits its permissions" + (f" in `{dropped[0]}`" if dropped[0] else "")


# Reading ------------------------------------------------------------------------------------


def _steps(job_name: str, job: Mapping[str, Any]) -> Iterator[Step]:
    forgives, never = _is_on(job.get("continue-on-error")), _is_never(job.get("if"))
    if forgives or never or isinstance(job.get("uses"), str):
        yield Step(f"the job {job_name}", "", str(job.get("uses") or ""), forgives, never)
    for number, step in enumerate(_list(job.get("steps"))):
        if isinstance(step, dict):
            run, uses = str(step.get("run") or ""), str(step.get("uses") or "")
            first = run.strip().partition("\n")[0]
            name = str(step.get("name") or uses.partition("@")[0] or first or number)[:60]
            stops = never or _is_never(step.get("if"))
            yield Step(
                f"{job_name}: {name}", run, uses, _is_on(step.get("continue-on-error")), stops
            )


def _triggers(value: Any) -> Mapping[str, Any]:
    if isinstance(value, dict):
        return value
    return dict.fromkeys(str(each) for each in (value if isinstance(value, list) else [value]))


def _texts(data: Any) -> list[str]:
    found, waiting = [], [data]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            waiting.extend(part.values())
            found += [f"secrets.{part['secrets']}"] if part.get("secrets") == "inherit" else []
        elif isinstance(part, list):
            waiting.extend(part)
        elif isinstance(part, str):
            found.append(part)
    return found


def _secrets(of: Facts) -> set[str]:
    names = {name for text in of.texts for name in _SECRET.findall(text)}
    return names - {"GITHUB_TOKEN"}


def _forgiven(of: Facts) -> list[str]:
    return [line for step in of.steps for line in _forgiven_lines(step)]


def _forgiven_lines(step: Step) -> list[str]:
    return [
        _cut(line.strip())
        for line in step.run.splitlines()
        if _CHECKS.search(line[:2000]) and _FORGIVEN.search(line[:2000])
    ]


def _is_added(place: str, base: Facts, head: Facts) -> bool:
    """Whether a step is in a job that came besides all there were: nothing is weakened by it."""
    job = place.removeprefix("the job ").partition(":")[0]
    return job not in base.jobs and all(name in head.jobs for name in base.jobs)


def _piped(run: str) -> list[str]:
    return [line.strip()[:100] for line in run.splitlines() if _FROM_THE_NET.search(line[:2000])]


def _checks(step: Step) -> set[str]:
    """What a step checks: programs that it runs, not those it installs or talks about."""
    if step.never:
        return set()
    lines = [line.strip() for line in step.run[:_SCRIPT].splitlines()]
    script = "\n".join(line for line in lines if not _NO_CHECK.search(line[:500]))
    action = step.uses.partition("@")[0]
    return {*_CHECKS.findall(script), *([action] if _CHECK_ACTIONS.match(action) else [])}


def _writes(permissions: Any) -> set[str]:
    if permissions == "write-all":
        return {"everything"}
    return {str(name) for name, right in _dict(permissions).items() if right == "write"}


def _all_writes(of: Facts) -> set[str]:
    return {name for given in of.permissions.values() for name in _writes(given)}


def _is_pinned(uses: str) -> bool:
    reference = uses.partition("@")[2]
    return bool(_COMMIT.fullmatch(reference)) or "sha256:" in reference


def _is_loose(uses: str) -> bool:
    """Whether an action is taken from a branch, or an image without a version."""
    if uses.startswith("docker://"):
        return "@" not in uses and (":" not in uses[9:] or uses.endswith(":latest"))
    reference = uses.partition("@")[2]
    if not reference:
        return False  # an action of the repository itself
    return not (_is_pinned(uses) or _VERSION.fullmatch(reference))


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def _is_on(value: Any) -> bool:
    return value is True or value == "true"


def _is_never(value: Any) -> bool:
    return value is False or (isinstance(value, str) and _NEVER.match(value.strip()) is not None)


def _few(names: Sequence[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:_MOST])
    return shown if len(names) <= _MOST else f"{shown} and {len(names) - _MOST} more"
