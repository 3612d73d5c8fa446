"""What keys, tokens and logins look like, and what only looks like one.

Every pattern has anchors, literals in lower case one of which is on each line that it can match:
searching for them costs nothing beside a regular expression, and only lines that hold one are
looked into. A pattern takes time linear in a line, which may be a megabyte long and hostile.
Patterns are compiled when an anchor is found.
"""

import functools
import math
import re
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple


class Pattern(NamedTuple):
    """A kind of value: its anchors, the expression, whose group `value`, if it has one, is the value.

    *accepts* has the last word on a value. *is_vendors* tells whether the shape alone is proof.
    """

    kind: str
    anchors: tuple[str, ...]
    expression: str
    accepts: Callable[[str], bool] = lambda value: True
    is_vendors: bool = True


@functools.cache
def compiled(expression: str) -> re.Pattern[str]:
    """The expression, compiled once and only if it is needed: a start has no time for thirty."""
    return re.compile(expression)


def is_dummy(value: str) -> bool:
    """Whether a value says of itself that it is none, or is too even to be one."""
    if compiled(_DUMMY).search(value) or len(set(value)) <= max(3, len(value) // 10):
        return True
    tail = value[-20:].casefold()
    return any(run in tail for run in ("0123456789", "1234567890", "abcdefghij"))


def is_random(value: str) -> bool:
    """Whether a value that has a telling name is one: no word, name, path, template or call."""
    if len(value) < _SHORTEST or compiled(_TEMPLATE).search(value) or is_dummy(value):
        return False
    if compiled(_HASH).match(value) or value.isdigit():
        return False
    if "://" in value or value.startswith(("/", "./", "../", "~/")):
        return False
    chunks = compiled(r"[^A-Za-z0-9]+").split(value)
    is_plain = compiled(r"[\w.:/@ -]+").fullmatch(value) is not None
    if is_plain and all(compiled(_WORD).fullmatch(chunk) for chunk in chunks):
        # Letters alone are a name unless nobody could read them out.
        return len(value) >= 24 and value.isalpha() and _entropy(value) > 4.2
    return _entropy(value) >= 2.75


def _entropy(value: str) -> float:
    sample = value[:512]
    counts = Counter(sample).values()
    return -sum(count / len(sample) * math.log2(count / len(sample)) for count in counts)


def is_login(value: str) -> bool:
    """Whether what stands for the password in an address is one."""
    plain = value.casefold()
    if compiled(_COMMON).fullmatch(plain) or compiled(_TEMPLATE).search(value):
        return False
    return not (compiled(_DUMMY).search(value) or set(plain) <= set("*.x-_"))


def _is_key(value: str) -> bool:
    """Whether characters of three kinds are mixed, as in no name: `sk-spinner-wave` is one."""
    checks = (str.isdigit, str.isupper, str.islower)
    return all(any(check(each) for each in value) for check in checks)


_SHORTEST = 8
_DUMMY = (
    r"(?i)x{4}|example|change[-_ ]?me|change[-_ ]?it|your[-_]|[-_]here\b|place[-_]?holder|dummy"
    r"|redacted|replace[-_ ]?(?:me|with|this)|insert[-_]|\*{3}|\.{3}|not[-_]?(?:a[-_])?real|^fake"
    r"|deadbeef"
)
# What is filled in later: `${VAR}`, `{name}`, `<name>`, `%s`, `os.environ[...]`, `$NAME`.
_TEMPLATE = (
    r"^\$|\$[{(]|\{\{|^\{[^{}]*\}$|^<|>$|^%|%\(|%s|\{\w*\}|^@|\b(?:os\.)?environ\b|getenv"
    r"|process\.env|^!(?:vault|secret|ref|env)|\benv\.|secrets?\.|^\w+(?:\.\w+)*[(\[]"
)
_HASH = r"(?i)(?:sha\d{1,3}|md5|blake\w{1,4})[-:=$]|\$(?:2[aby]|argon2\w*|5|6)\$|pbkdf2"
_WORD = r"[A-Za-z]*\d{0,2}|\d{1,4}|[A-Za-z]+\d{4}|[a-z]+\d{1,2}[a-z]+"
_COMMON = (
    r"(?:p|pw|pass(?:word|wd|123)?|pwd|secret|token|user(?:name)?|root|admin|guest|postgres|mysql|redis"
    r"|rabbitmq|mongo|test(?:s|ing)?|foo|bar|ba[zr]|qux)"
)

# Not within a word, but after `\n` in a string.
_START = r"(?:(?<![A-Za-z0-9_-])|(?<=\\[nrt]))"
_NAMES = (
    "passw", "passphrase", "pwd", "secret", "token", "api_key", "apikey", "api-key", "access_key",
    "accesskey", "access-key", "auth_key", "authkey", "private_key", "privatekey", "private-key",
    "encryption_key", "signing_key", "master_key", "credential",
)  # fmt: skip
_NAME = (
    r"(?i:passw(?:or)?d|passw|passphrase|pwd|secret|token|credential"
    r"|(?:api|access|auth|private|encryption|signing|master)[_-]?key)"
    r"""(?P<about>[\w-]{0,32}+)["'\]]{0,2}(?:[ \t]{0,8}:[ \t]{0,8}[\w.\[\]| ]{1,40}?(?==))?[ \t]{0,8}"""
    r"(?:=>|:=|={1,3}|:)[ \t]{0,8}"
)
# What a name ends in that is about a value and has none itself: `token_url`.
_ABOUT = (
    r"(?i).*(?:ur[li]s?|path|file|dir|name|type|count|len|length|field|header|hash|digest|checksum|regex"
    r"|pattern|format|expir\w*|prefix|label|title|text|version|limit|class|policy|ref|column)"
)


def is_about(rest_of_name: str) -> bool:
    """Whether a name that begins like that of a secret is, by its end, that of something else."""
    return compiled(_ABOUT).fullmatch(rest_of_name) is not None


QUOTED = Pattern(
    "named-value",
    _NAMES,
    _NAME + r"""[rbfuRBFU]{0,2}["'`](?P<value>[^"'`\s]+)["'`]""",
    is_random,
    False,
)
# Without quotes it is a name in code, and a value elsewhere.
BARE = Pattern(
    "named-value",
    _NAMES,
    _NAME + r"""(?!["'`])(?P<value>[^\s"'`,;&<>(){}\[\]]+)(?![(\[{])""",
    is_random,
    False,
)

PATTERNS = (
    Pattern("github-key", ("ghp_", "gho_", "ghs_", "ghu_", "ghr_"), r"gh[posur]_[A-Za-z0-9]{36,}"),
    Pattern("github-key", ("github_pat_",), r"github_pat_[A-Za-z0-9_]{40,}"),
    Pattern("gitlab-key", ("glpat-", "glptt-", "gldt-", "glrt-", "glcbt-", "glsoat-"),
            r"gl(?:pat|ptt|dt|rt|cbt|soat)-[A-Za-z0-9_.-]{20,}"),
    Pattern("anthropic-key", ("sk-ant-",), r"sk-ant-[A-Za-z0-9_-]{20,}"),
    Pattern("model-key", ("sk-or-v1-",), r"sk-or-v1-[0-9a-f]{40,}"),
    Pattern("model-key", ("sk-",), _START + r"sk-(?!ant-|or-v1-)[A-Za-z0-9_-]{20,}", _is_key),
    Pattern("model-key", ("sk-",), _START + r"sk-[0-9a-f]{32}(?![\w-])"),
    Pattern("hugging-face-key", ("hf_",), _START + r"hf_[A-Za-z0-9]{30,}", _is_key),
    Pattern("slack-key", ("xox", "xapp-"), r"(?i)x(?:ox[abeoprs]|app)-[A-Za-z0-9-]{16,}"),
    Pattern("slack-hook", ("hooks.slack.com/",),
            r"(?i)hooks\.slack\.com/(?:services|workflows|triggers)/(?P<value>[A-Za-z0-9_/-]{20,})"),
    Pattern("discord-hook", ("/api/webhooks/",), r"/api/webhooks/\d{15,20}/(?P<value>[A-Za-z0-9_-]{40,})"),
    Pattern("aws-key", ("akia", "asia", "abia", "acca"),
            r"(?:(?<![A-Za-z0-9])|(?<=\\[nrt]))(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7][A-Z0-9]{15}(?![A-Za-z0-9])"),
    Pattern("google-key", ("aiza",), r"AIza[A-Za-z0-9_-]{35}"),
    Pattern("google-key", ("gocspx-", "ya29."), r"(?:GOCSPX-|ya29\.)[A-Za-z0-9_-]{20,}"),
    Pattern("npm-key", ("npm_",), _START + r"npm_[A-Za-z0-9]{36,}"),
    Pattern("pypi-key", ("pypi-",), r"pypi-AgE[A-Za-z0-9_-]{50,}"),
    Pattern("stripe-key", ("sk_live_", "rk_live_", "whsec_"),
            r"(?:(?:sk|rk)_live_|whsec_)[A-Za-z0-9]{20,}"),
    Pattern("digital-ocean-key", ("dop_v1_", "doo_v1_"), r"do[op]_v1_[a-f0-9]{64}"),
    Pattern("docker-key", ("dckr_pat_",), r"dckr_pat_[A-Za-z0-9_-]{20,}"),
    Pattern("artifactory-key", ("akc",), _START + r"AKC[a-zA-Z0-9]{60,}"),
    Pattern("shopify-key", ("shpat_", "shpss_", "shpca_"), r"shp(?:at|ss|ca)_[a-fA-F0-9]{32}"),
    Pattern("jwt", ("eyj",), _START +
            r"eyJ[A-Za-z0-9_-]{8,}+\.eyJ[A-Za-z0-9_-]{8,}+\.[A-Za-z0-9_-]*",
            is_vendors=False),
    Pattern("url-login", ("://",),
            r"""://[^\s/:@"'`<>]{0,200}:(?P<value>[^\s/@"'`<>]{1,600})@(?=[\w\[.${<-])""", is_login, False),
    Pattern("url-login", ("://",), r"""://(?P<value>[A-Za-z0-9_-]{20,200})@(?=[\w\[.-])""", is_random,
            False),
    Pattern("authorization", ("bearer ", "basic ", "authorization"),
            r"(?i)(?<![a-z])(?:bearer|basic|token)[ \t]{1,4}(?P<value>[A-Za-z0-9._~+/=-]{20,})", is_random,
            False),
)  # fmt: skip


class Borrowed(NamedTuple):
    """A detector of detect-secrets: it is imported only where *expression* matches."""

    kind: str
    anchors: tuple[str, ...]
    expression: str
    module: str
    name: str


# Detectors that look at a bounded piece of a line from where they begin.
BORROWED = (
    Borrowed("sendgrid-key", ("sg.",), r"SG\.[\w-]{22}\.", "sendgrid", "SendGridDetector"),
    Borrowed("square-key", ("sq0csp-",), r"sq0csp-", "square_oauth", "SquareOAuthDetector"),
    Borrowed("azure-key", ("accountkey=",), r"AccountKey=[\w+/]{20}", "azure_storage_key",
             "AzureStorageKeyDetector"),
    Borrowed("mailchimp-key", ("-us",), r"[0-9a-z]{32}-us[0-9]", "mailchimp", "MailchimpDetector"),
    Borrowed("telegram-key", (":aa",), r"\d{8}:AA[\w-]{33}", "telegram_token",
             "TelegramBotTokenDetector"),
    Borrowed("discord-key", ("discord",), r"[MNO][\w-]{23,25}\.[\w-]{6}\.", "discord",
             "DiscordBotTokenDetector"),
    Borrowed("twilio-key", ("twilio",), r"(?:AC|SK)[a-z0-9]{32}", "twilio", "TwilioKeyDetector"),
)  # fmt: skip

KEY_ANCHOR = "-----begin"
KEY_BEGINS = r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
KEY_ENDS = r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY"
# Of a block: base64 with what quotes it, a header, a line with nothing.
KEY_LINE = (
    r"""[\s"'`+#/*>|.,;\\()-]*(?:[A-Za-z0-9+/=]{1,200}(?:\\[nr])*[\s"'`,;+\\()]*"""
    r"""|[A-Z][A-Za-z-]{1,20}:[ ].{0,200})?"""
)
