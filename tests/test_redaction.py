"""Keys, tokens and logins: found, masked line for line, and told when a change commits them."""

import re
import sys
import time

import pytest
from conftest import Command, Repo
from hypothesis import given
from hypothesis import strategies as st

from bot import redaction
from bot.domain import Edit, Finding, Fix

# No value stands here as it would in a file, so that nobody takes this file for a leak.
HUB = "gh" + "p_" + "aB3dE6gH9k" * 4
AWS = "AK" + "IA" + "Q7ZX5LMN4RTP2WVD"
WORD = "v7Qk" + "-93xTzL!p"
BEGIN, END = "-----BEGIN RSA PRIV" + "ATE KEY-----", "-----END RSA PRIV" + "ATE KEY-----"
BODY = ["MIIEpAIBAAKCAQEA" + "q7Zx5Lmn" * 6, "Zm9vYmFy" * 8, "c2hvcnQ="]

VENDORS = {
    "github-key": [HUB, "github" + "_pat_" + "11ABCDEFG0" * 6],
    "gitlab-key": ["gl" + "pat-" + "aB3dE6gH9kLmN2pQ5rSt"],
    "anthropic-key": ["sk-" + "ant-api03-" + "aB3dE6gH9k" * 5],
    "model-key": ["sk-" + "proj-" + "aB3dE6gH9k" * 4, "sk-" + "or-v1-" + "0a1b2c3d" * 8],
    "aws-key": [AWS],
    "google-key": ["AI" + "za" + "aB3dE6g" * 5],
    "npm-key": ["np" + "m_" + "aB3dE6gH9k" * 4],
    "pypi-key": ["py" + "pi-AgEIcHlwaS5vcmc" + "aB3dE6gH9k" * 8],
    "slack-key": ["xo" + "xb-" + "123456789012-aB3dE6gH9k"],
    "stripe-key": ["sk_" + "live_" + "aB3dE6gH9kLmN2pQ5rStUvWx"],
    "jwt": ["ey" + "JhbGciOiJIUzI1NiJ9." + "ey" + "JzdWIiOiIxMjM0In0." + "aB3dE6gH9k" * 3],
    "sendgrid-key": ["SG" + "." + "aB3dE6gH9kLmN2pQ5rStUv" + "." + "aB3dE6gH9k" * 4 + "xYz"],
}  # fmt: skip


def redact(text: str, path: str = "a.py") -> str:
    return redaction.Redactor().redact(text, path).text


@pytest.mark.parametrize(
    ("kind", "value"), [(kind, value) for kind, values in VENDORS.items() for value in values]
)
@pytest.mark.parametrize("around", ["x = '{}'", "{}", "A {}, and", '"a\\n{}"', "{}  # pragma: allowlist secret"])  # fmt: skip
def test_a_vendors_key_is_masked_wherever_it_stands(kind: str, value: str, around: str) -> None:
    shown = redaction.Redactor().redact("one\n" + around.format(value), "notes.txt")
    assert shown.text == "one\n" + around.format(f"[redacted: {kind}]")
    assert shown.found == (redaction.Found(2, kind),)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.py", f"API_KEY = '{WORD}'"),
        ("a.py", f"password: str = '{WORD}'"),
        ("a.py", f"connect(password='{WORD}')"),
        ("a.json", f'{{"client_secret": "{WORD}"}}'),
        ("a.yml", f"  db_password: {WORD}"),
        (".env", f"SECRET_KEY={WORD}"),
        ("a.toml", f"token = '{WORD}'"),
        ("a.sh", f"export ACCESS_TOKEN={WORD}"),
        ("a.js", f"const apiKey = `{WORD}`"),
        ("a.txt", f"postgres://app:{WORD}@db.internal/x"),
    ],
)
def test_a_value_with_a_telling_name_is_masked(path: str, text: str) -> None:
    shown = redact(text, path)
    assert WORD not in shown
    assert "[redacted: " in shown


@pytest.mark.parametrize(
    "text",
    [
        "password = os.environ['SHOP_PASSWORD1']",
        "password: ${SHOP_PASSWORD_2}",
        "password: changeme",
        "api_key = 'your-api-key-here1'",
        "token = '<token-1234>'",
        "secret: {{ vault.shop1 }}",
        "token_url = 'https://a1b2c3.example/x9Z'",
        "max_tokens: 4096",
        "token = 'access_token'",
        "password: xxxxxxxx9A",
        "rev: 0123456789abcdef0123456789abcdef01234567",
        "image@sha256:" + "ab12" * 16,
        "https://user:password@host.example/",
        "postgres://app:${PASSWORD}@db/x",
        "http://localhost:8080/a@b",
        "task-runner sk-spinner-wave-rectangle-12",
        f"if '{BEGIN}' in text:\n    return None",
        "next_token: sha256:" + "ab12" * 16,
        "",
    ],
)
def test_what_only_looks_like_one_stays(text: str) -> None:
    for path in ("a.py", "a.yml", ""):
        assert redaction.Redactor().redact(text, path) == redaction.Redacted(text, ())


def test_a_private_key_is_masked_line_by_line() -> None:
    text = "\n".join(["a = 1", BEGIN, *BODY, END, "b = 2"])
    mask = "[redacted: private-key]"
    assert redact(text).split("\n") == ["a = 1", BEGIN, mask, mask, mask, END, "b = 2"]
    indented = redact("\n".join(["key: |", f"  {BEGIN}", *(f"  {line}" for line in BODY)]), "a.yml")
    assert indented.count(mask) == 3
    one = redact(f'{{"k": "{BEGIN}\\n' + "\\n".join(BODY) + f'\\n{END}"}}', "a.json")
    assert BODY[0] not in one and END in one


@given(st.lists(st.sampled_from([HUB, AWS, WORD, BEGIN, END, *BODY, "password = '", "'", " ", "\n", "\r", "İ", "x"])).map("".join))  # fmt: skip
def test_lines_keep_their_numbers_and_no_vendors_key_is_left(text: str) -> None:
    shown = redact(text, "a.yml")
    assert shown.count("\n") == text.count("\n")
    assert HUB not in shown


ONE, OTHER = WORD[:6], WORD[6:]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.py", "API_KEY = (\n    '{ONE}{OTHER}'\n)\n"),
        ("a.py", "API_KEY = '{ONE}' '{OTHER}'\n"),
        ("a.py", "API_KEY = (\n  '{ONE}'  # the first part\n\n  '{OTHER}')\n"),
        ("a.py", "connect(password=(\n    r'{ONE}'\n    b'{OTHER}'\n))\n"),
        ("a.py", "API_KEY = \\\n    '{ONE}{OTHER}'\n"),
        ("a.py", "API_KEY = '{ONE}\\\n{OTHER}'\n"),
        ("a.py", 'API_KEY: str = """\\\n{ONE}{OTHER}"""\n'),
        ("a.py", 'API_KEY = """\n  {ONE}{OTHER}\n"""\n'),
        ("a.py", "all = {{\n  'api_key':\n    '{ONE}{OTHER}',\n}}\n"),
        ("a.py", "DB = ('postgres://me:{ONE}'\n  '{OTHER}@host/x')\n"),
        ("a.js", "const apiKey =\n  `{ONE}{OTHER}`;\n"),
        ("a.js", "const apiKey = '{ONE}' +\n  '{OTHER}';\n"),
        ("a.js", "const apiKey = '{ONE}'\n  + '{OTHER}';\n"),
        ("a.php", "$password = '{ONE}' . '{OTHER}';\n"),
        ("a.go", "apiKey := `\n{ONE}{OTHER}`\n"),
        ("a.yml", "a:\n  password: |\n    {ONE}{OTHER}\n  b: c\n"),
        ("a.yml", "- token: >-\n    {ONE}\n    {OTHER}\n  b: c\n"),
        ("a.yml", "password:\n  {ONE}{OTHER}\nb: c\n"),
        ("a.yml", 'password:\n  "{ONE}\\\n   {OTHER}"\n'),
        ("run.sh", "export API_KEY={ONE}\\\n{OTHER}\n"),
    ],
)
def test_a_value_in_pieces_is_masked_where_each_stands(path: str, text: str) -> None:
    shown = redact(text.format(ONE=ONE, OTHER=OTHER), path)
    assert ONE not in shown and OTHER not in shown
    masks = r"\[redacted: (?:named-value|url-login)\]"
    assert re.sub(f"{masks}(?:{masks})?", "", shown) == text.format(ONE="", OTHER="")


@pytest.mark.parametrize("join", ["' '", "'\n    '", "' + '", "' +\n    '", "'\\\n    '"])
def test_a_vendors_key_in_pieces_is_masked_whatever_its_name(join: str) -> None:
    text = f"x = ('{HUB[:9]}{join}{HUB[9:]}')"
    masked = "[redacted: github-key]"
    assert redact(text) == f"x = ('{masked}{join}{masked}')"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.py", f"names = [\n  'token',\n  '{ONE}{OTHER}',\n]"),
        ("a.py", f"say('the password', '{ONE}' '{OTHER}')"),
        ("a.py", "raise Wrong('this token ' 'is not one of ours 93x')"),
        ("a.py", f"token = wanted(\n    '{ONE}{OTHER}'\n)"),
        ("a.py", "token_url = (\n  'aB3dE6gH9k'\n)"),
        ("a.py", f"if password:\n    {ONE}_{OTHER[1:4]}(1)"),
        ("a.py", "password = '' \\\n  ''"),
        ("a.md", "It's a token:\n\n    v7Qk93xTzL"),
        ("a.yml", "secrets:\n  v7Qk93xTzL: 1\n"),
        ("a.yml", "secrets:\n  - v7Qk93xTzL\n"),
        ("a.yml", "token:\n  name: a\n  key: v7\n"),
        ("a.yml", "password: |\n  all that is said of v7Qk93xTzL\n"),
        ("a.yml", "password: |\nb: v7Qk93xTzL\n"),
    ],
)
def test_what_stands_near_a_telling_name_and_is_not_its_value_stays(path: str, text: str) -> None:
    assert redact(text, path) == text


@pytest.mark.parametrize(
    "piece", ["'a' + ", '"', '\\"', "x = 'a'\n", "\\\n", "a:\n  ", "'a'\n'a'\n(\n"]
)
def test_a_text_full_of_pieces_takes_linear_time(piece: str) -> None:
    def seconds(size: int) -> float:
        text = (piece * size)[:size]
        start = time.process_time()
        redact(text, "a.yml")
        return time.process_time() - start

    assert seconds(400_000) < 20 * max(seconds(40_000), 0.01)


def test_a_quote_from_within_a_value_in_pieces_is_masked() -> None:
    lines = ("API_KEY = (", f"    '{ONE}'", f"    '{OTHER}'", ")")
    finding = Finding("a/b", "ruff", "error", "a.py", 3, 3, "Odd", quote=lines[2])
    (shown,), texts = redaction.masked([finding], {"a.py": lines})
    assert shown.quote == "    '[redacted: named-value]'"
    assert ONE not in "".join(texts["a.py"])


def test_a_value_in_pieces_is_told_once_and_where_it_was_edited(
    repo: Repo, review: Command
) -> None:
    text = f"API_KEY = (\n    '{ONE}'\n    '{OTHER}'\n)\n"
    repo.commit({"a.txt": "x\n"})
    repo.write({"a.py": text, "b.yml": f"token: |\n  {WORD}\n"})
    ran = review.json(repo)
    rule = "security/committed-secret"
    assert [each for each in ran.labelled("introduced") if each[0] == rule] == [
        (rule, "a.py", 2),
        (rule, "b.yml", 2),
    ]
    assert ONE not in ran.out and OTHER not in ran.out
    repo.commit({"a.py": text, "b.yml": "token:\n"})
    repo.write({"a.py": "x = 1\n" + text})
    assert rule not in review.json(repo).out
    repo.write({"a.py": text.replace(OTHER, "Zz8" + OTHER)})
    assert (rule, "a.py", 3) in review.json(repo).labelled("introduced")


@pytest.mark.parametrize(
    "piece",
    ["ghp_", "sk-", "eyJ", "://", "://a:", "password=", "password='", "password", "api_key_", "basic ",
     "-----BEGIN PRIVATE" + " KEY-----", "0", "token: "],
)  # fmt: skip
def test_a_line_of_a_megabyte_takes_linear_time(piece: str) -> None:
    redact(piece, "")  # the patterns are compiled
    started = time.perf_counter()
    redact(piece * ((1 << 20) // len(piece)), "")
    assert time.perf_counter() - started < 6


def test_the_detectors_of_others_are_imported_only_when_needed() -> None:
    for name in [each for each in sys.modules if each.startswith("detect_secrets")]:
        del sys.modules[name]
    redact("import os\ntoken = os.environ['TOKEN']\nmsg.send(url)\n")
    assert "detect_secrets" not in sys.modules


@pytest.mark.parametrize(
    ("path", "is_denied"),
    [
        (".env", True), ("a/.ENV.production", True), (".env.example", False), ("a/.env.Sample", False),
        ("k/server.PEM", True), ("id_rsa", True), ("id_ed25519.bak", True), ("id_rsa.pub", False),
        (".ssh/config", True), ("home/.aws/x", True), ("credentials", True), ("credentials.json", True),
        ("shop/credentials.py", False), ("secrets.yaml", True), ("secrets.py", False), ("a.tfstate", True),
        ("prod.tfvars", True), ("service-account-1.json", True), ("README.md", False), (".npmrc", True),
        ("environment.yml", False), ("monkey.py", False),
    ],
)  # fmt: skip
def test_files_of_secrets_are_known_by_their_names(path: str, is_denied: bool) -> None:
    assert redaction.denied(path) is is_denied


# What a review shows ----------------------------------------------------------------------------


def test_what_checkers_quote_is_masked() -> None:
    line = f"x = '{HUB}'"
    found = Finding(
        "r", "c", "note", "a.py", 1, 1, f"bad {HUB}", quote=line, key=f"k {HUB}",
        fix=Fix(f"say {HUB}", True, (Edit(1, 1, 1, 2, line),)),
    )  # fmt: skip
    (told,), texts = redaction.masked([found], {"a.py": (line, "y = 1"), "b.py": ()})
    assert HUB not in repr(told)
    assert HUB not in repr(dict(texts))
    assert told.fix is not None and told.fix.edits == ()
    assert texts["a.py"][1] == "y = 1" and texts["b.py"] == () and len(texts) == 2


def test_a_quote_from_within_a_private_key_is_masked() -> None:
    lines = (BEGIN, *BODY, END)
    found = Finding("r", "c", "note", "a.txt", 2, 2, "long line", quote=BODY[0])
    (told,), _ = redaction.masked([found], {"a.txt": lines})
    assert told.quote == "[redacted: private-key]"


def test_a_finding_without_values_is_left_as_it_is() -> None:
    found = Finding(
        "r", "c", "note", "a.py", 1, 1, "Unused", quote="import os", fix=Fix("x", True, ())
    )
    assert redaction.masked([found], {})[0] == [found]


def test_no_format_shows_a_password(repo: Repo, review: Command) -> None:
    repo.write({"a.py": f"import os\npassword = 'hunter2'\nkey = '{HUB}'\napi_key = '{WORD}'\n"})
    for name in ("terminal", "json", "markdown", "prompt", "sarif", "github"):
        out = review(repo, "--format", name).out
        assert "a.py" in out
        for value in ("hunter2", HUB, WORD):
            assert value not in out


# The rule ---------------------------------------------------------------------------------------


def told(review: Command, repo: Repo) -> list[tuple[str, int]]:
    return [
        (path, line)
        for rule, path, line in review.json(repo).labelled("introduced")
        if rule == "security/committed-secret"
    ]


def test_a_key_in_an_added_line_of_any_text_is_told(repo: Repo, review: Command) -> None:
    repo.commit({"conf.ini": "a = 1\n", "old.ini": f"token = {WORD}\n"})
    repo.write(
        {
            "conf.ini": f"a = 1\npassword = {WORD}x\n",
            ".env": f"AWS={AWS}\n",
            "deploy/key.txt": "\n".join(["note", BEGIN, *BODY, END, ""]),
            "old.ini": f"# moved\n\ntoken = {WORD}\n",
            "new.ini": f"token = {WORD}\n",
            "logo.png": HUB,
            "data.bin2": b"\0" + HUB.encode(),
        }
    )
    assert told(review, repo) == [(".env", 1), ("conf.ini", 2), ("deploy/key.txt", 2)]
    ran = review.json(repo)
    assert ran.code == 1
    assert "secrets" not in ran.status("conf.ini")
    found = [each for each in ran.review["findings"] if each["path"] == ".env"]
    assert found[0]["quote"] == "AWS=[redacted: aws-key]"
    assert "an aws key" in found[0]["message"]


def test_where_values_are_made_up_only_vendors_keys_are_told(repo: Repo, review: Command) -> None:
    texts = {"tests/a.ini": f"password = {WORD}\nkey = {HUB}\n", ".env.example": f"TOKEN={WORD}\n"}
    repo.write(
        {**texts, "docs/b.md": "AK" + "IAIOSFODNN7EXAMPLE\n", "c.yml": "password: xxxxxxxxxx\n"}
    )
    assert told(review, repo) == [("tests/a.ini", 2)]


def test_a_comment_does_not_silence_it_and_a_policy_does(repo: Repo, review: Command) -> None:
    repo.commit({".architrave.toml": "ignore = ['vendor/**']\n"})
    line = f"key = '{HUB}'  # pragma: allowlist secret  # nosec  # noqa\n"
    repo.write({"a.py": line, "vendor/a.py": line})
    assert told(review, repo) == [("a.py", 1)]
