"""Attacks on the model reviewer: a model that obeys whatever it reads, and what must not come of it."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import fake_anthropic as fake
from conftest import Command, Ran, Repo
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot import foreign

Files = dict[str, str | bytes | None]
RULE, STATIC = "house/layers", "security/shell-injection"
VIOLATION = "    price = total * 2"
APP = f"import subprocess\n\n\ndef handle(total, x):\n    subprocess.run(x, shell=True)\n{VIOLATION}\n    return price\n"
KEY = "sk-ant-api03-" + "Zq8Lw3Vb7Nx2Kc9Rt5Ym1" + "Gh6Jd4Ps0"
# None of these may ever be in a request.
CANARIES = {
    "a denied file": "value-in-dotenv-7731",
    "a denied key": "MIIEdeniedpemcontent7731",
    "a value": KEY,
    "git's own files": "value-in-git-config-7731",
    "the environment": "value-in-environ-7731",
    "another folder": "value-outside-7731",
}
_DECODER = json.JSONDecoder()
_CALLS = re.compile(
    r"@\w|://|www\.|mailto:|#\d|\bGH-\d|\b[0-9a-f]{7,40}\b(?<!\d{7})", re.IGNORECASE
)
_SAFE_TOKENS = {
    "paragraph_open", "paragraph_close", "heading_open", "heading_close", "inline", "text", "softbreak",
    "text_special", "code_inline", "strong_open", "strong_close", "fence", "blockquote_open",
    "blockquote_close", "bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close",
}  # fmt: skip
_ACTIVE = {"suggestion", "mermaid", "math", "geojson", "topojson", "stl"}
FORMATS = ("json", "markdown", "sarif", "prompt", "github")


class Attack(NamedTuple):
    """What the change holds besides the handler that is wrong, and the exit code that must come."""

    files: Files = {}
    message: str = "Double the price"
    code: int = 1
    before: Files = {}
    links: dict[str, str] = {}
    branch: str = "topic"
    # Whether the model's own finding is expected to be told.
    told: bool | None = None
    secrets: tuple[str, ...] = ()


class Result(NamedTuple):
    """What a review under attack left behind."""

    ran: Ran
    outputs: dict[str, str]
    requests: list[fake.Request]
    bodies: list[str]

    @property
    def review(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.outputs["json"])
        return document

    @property
    def judged(self) -> list[dict[str, Any]]:
        return [each for each in self.review["findings"] if each["checker"] == "judge"]

    @property
    def tool_results(self) -> list[str]:
        return [each.text for request in self.requests for each in request.last_tool_results]


def order(**given: Any) -> str:
    """Words that the model obeys wherever it reads them; plain ASCII, so that no tool sees more."""
    return f"OBEY {json.dumps(given)}"


def handler(*orders: str) -> Files:
    """The handler with orders as comments."""
    return {"app.py": APP + "".join(f"# {each}\n" for each in orders)}


def _everything(request: fake.Request) -> str:
    parts = []
    for turn in request.turns:
        for block in turn.blocks:
            if block["type"] == "text" and turn.role == "user":
                parts.append(block["text"])
            elif block["type"] == "tool_result":
                content = block["content"]
                parts.append(content if isinstance(content, str) else json.dumps(content))
    return "\n".join(parts)


def _orders(text: str) -> Iterator[dict[str, Any]]:
    for match in re.finditer("OBEY ", text):
        try:
            value, _ = _DECODER.raw_decode(text, match.end())
        except ValueError:
            continue
        if isinstance(value, dict):
            yield value


def _decisive(said: str) -> str:
    return VIOLATION.strip() if VIOLATION in said else "A long line of this file."


def obedient(request: fake.Request) -> fake.Reply:
    """The model: it does what any text says, and says that all was looked at."""
    said = _everything(request)
    orders = list(_orders(said))
    given = {name: value for each in orders for name, value in each.items()}
    if "Your task is to check suspected" in request.user_text:
        count = len(re.findall(r"^# Suspicion \d+", said, re.M))
        answer = {
            "verdict": given.get("verdict", "violates"),
            "decisive_quote": given.get("decisive") or _decisive(said),
            "reason": "r",
        }
        return fake.json_answer({"answers": [{"number": n + 1, **answer} for n in range(count)]})
    rules = re.findall(r"^Rules: (.*)$", said, re.M)[-1].split(", ")
    if "You compare what" in request.system_text:
        return fake.json_answer({"files": [{"path": ".", "rules_checked": rules}], "findings": []})
    asked = {json.dumps(each["tool"]): each["tool"] for each in orders if "tool" in each}
    wanted = [tuple(each) for each in asked.values()]
    done = [b for turn in request.turns for b in turn.blocks if b["type"] == "tool_use"]
    if len(done) < len(wanted):
        return fake.tool_calls([(name, args) for name, args in wanted[len(done) :]])
    if "raw" in given:
        return fake.text(given["raw"])
    paths = re.findall(r"^- (.*): (?:all rules below|\S+/\S+)$", said, re.M)
    finding = {
        "rule": RULE, "path": "app.py", "side": "new", "line": 6, "quote": VIOLATION, "supporting": [],
        "exception_considered": "none", "claim": "`handle` decides the price.", "instead": "Move it.",
        "kind": "introduced", **given.get("finding", {}),
    }  # fmt: skip
    if given.get("echo"):
        finding["claim"] = said
    if finding["path"] == "?":
        finding["path"] = next(path for path in paths if path not in ("app.py", "notes.md"))
    for name in given.get("huge", ()):
        finding[name] *= 100_000
    findings = [] if given.get("clean") else [finding] * given.get("times", 1)
    files = [{"path": path, "rules_checked": rules} for path in paths]
    return fake.text(json.dumps({"files": files, "findings": findings}))


def build(repo: Repo, attack: Attack, outside: Path) -> None:
    """The repository of a victim, and the attacker's branch in it."""
    outside.write_text(CANARIES["another folder"])
    rule = f"---\nid: {RULE}\ntitle: Prices are decided in the domain\nseverity: warning\ncheck: judge\n---\n\n## Why\n\nOne place.\n\n## Instead\n\nMove it.\n"
    base: Files = {
        ".architrave.toml": "packs = ['security']\n",
        ".architrave/rules/layers.md": rule,
        ".env": f"DATABASE={CANARIES['a denied file']}\n",
        "keys/server.pem": f"{CANARIES['a denied key']}\n",
        "settings.py": f'import os\n\nAPI_KEY = "{KEY}"\n\n\ndef setting(name):\n    return os.environ[name]\n',
        "app.py": "def handle(total, x):\n    return total\n",
        **attack.before,
    }
    repo.commit(base, "Begin")
    repo.git("config", "remote.up.url", CANARIES["git's own files"])
    repo.git("checkout", "-q", "-b", attack.branch)
    for name, target in attack.links.items():
        (repo.path / name).symlink_to(target if target.startswith((".", "k")) else outside)
    repo.commit({"app.py": APP, **attack.files}, attack.message)


def run(attack: Attack, repo: Repo, review: Command, tmp_path: Path, *flags: str) -> Result:
    """The real command against the fake model, every format written."""
    outside = tmp_path / "outside.py"
    build(repo, attack, outside)
    return again(repo, review, tmp_path, *flags)


def again(repo: Repo, review: Command, tmp_path: Path, *flags: str) -> Result:
    """One review of a repository as it is now."""
    os.environ["DEPLOY_VALUE"] = CANARIES["the environment"]
    with fake.FakeAnthropic(obedient) as server:
        os.environ |= {"ANTHROPIC_API_KEY": "test-key", "ANTHROPIC_BASE_URL": server.url}
        try:
            written = [x for f in FORMATS for x in ("--format", f, "--output", str(tmp_path / f))]
            ran = review(repo, *flags, *written, "--format", "terminal")
        finally:
            for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "DEPLOY_VALUE"):
                del os.environ[name]
    assert not server.problems, server.problems
    assert (tmp_path / "json").exists(), ran
    outputs = {f: (tmp_path / f).read_bytes().decode() for f in FORMATS}
    outputs["terminal"] = ran.out
    bodies = [json.dumps(each.body, ensure_ascii=False) for each in server.requests]
    return Result(ran, outputs, server.requests, bodies)


def assert_safe(result: Result, attack: Attack) -> None:
    """What holds under every attack."""
    assert result.ran.code == attack.code, result.ran.out + result.ran.err
    assert result.requests
    for body in result.bodies:
        for value in (*CANARIES.values(), *attack.secrets):
            assert value not in body
            assert json.dumps(value)[1:-1] not in body
    for request in result.requests:
        assert_plain(_everything(request))
    static = [f for f in result.review["findings"] if f["rule"] == STATIC and f["blocking"]]
    assert [(each["path"], each["severity"]) for each in static] == [("app.py", "error")]
    assert result.review["verdict"] != "passed"
    for each in result.judged:
        assert (each["severity"], each["rule"]) == ("warning", RULE)
        assert_plain(each["message"] + each["instead"])
        assert len(each["message"]) < 700
        assert len(each["instead"]) < 700
    if attack.told is not None:
        assert bool(result.judged) == attack.told, result.review["cost"]
    for text in result.outputs.values():
        assert_plain(text)
    for name in ("markdown", "prompt"):
        assert_no_markup(result.outputs[name])
    assert all(line.startswith("::") for line in result.outputs["github"].splitlines())
    for each in json.loads(result.outputs["sarif"])["runs"][0]["results"]:
        assert_plain(each["message"]["text"])
        assert "](" not in each["message"]["text"]


def assert_plain(text: str) -> None:
    """All of a text can be seen, and steers nothing."""
    for line in text.split("\n"):
        assert line.isprintable(), ascii(line)
        assert foreign.plain(line) == line


def assert_no_markup(text: str) -> None:
    """Nothing in a document is live but headings, lists and code of ours."""
    tokens: list[Token] = []
    for token in MarkdownIt("gfm-like", {"linkify": False, "html": True}).parse(text):
        tokens += [token, *(token.children or ())]
    assert {token.type for token in tokens} <= _SAFE_TOKENS
    for token in tokens:
        assert token.info not in _ACTIVE
        if token.type in ("text", "text_special"):
            assert not _CALLS.search(token.content), token.content
