"""The coding agents that are known, one row each, and the programs that are none. Data.

Sources, by letter beside each row: M seen in the measured history of public repositories; C
chaoss/disclosure `detection/constants.go`; A labri-progress/agent-mining `patterns/*.csv` (MSR 2026);
B block/aittributor `src/agent.rs`; K crashappsec/chalk#765; W MergeWarden 0.7.0; U text of detector
tests in public repositories; or the address of the agent's own source.
"""

from typing import NamedTuple


class Agent(NamedTuple):
    """What an agent signs with. All texts in lower case.

    *mails* are whole addresses. *logins* are GitHub accounts: a login that ends in `[bot]` cannot be
    registered by a person; for others the numeric id before the `+` has to be right. *domains* are the
    maker's: an address there is the agent's only under one of its *names*, since people work there too.
    *branches* begin the names of branches; *trailers* are keys that only this agent writes; *words*
    name it behind `Assisted-by:` and the like; *footer* stands behind "Generated with".
    """

    name: str
    mails: tuple[str, ...] = ()
    logins: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()
    trailers: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()
    # Addresses and accounts that stand for less than a whole commit: applied suggestions, editors.
    slight: tuple[str, ...] = ()


AGENTS: tuple[Agent, ...] = (
    Agent(  # M K A C
        "Claude Code",
        mails=("noreply@anthropic.com",),
        logins=("claude[bot]", "claude-code[bot]"),
        names=("claude code", "claude opus", "claude sonnet", "claude haiku", "claude"),
        domains=("anthropic.com",),
        branches=("claude/",),
        trailers=(
            "claude-session", "claude-generated-by", "claude-steers", "claude-escapes", "claude-permission-prompts",
        ),
        words=("claude",),
        footer=("claude code", "claude"),
    ),
    Agent(  # M C P W B; microsoft/vscode#314311, github/copilot-cli#3181, chaoss/disclosure#101
        "GitHub Copilot",
        logins=("copilot-swe-agent[bot]", "copilot[bot]"),
        ids=("198982749+copilot", "223556219+copilot"),
        names=("github copilot", "copilot coding agent", "copilot cli", "copilot"),
        branches=("copilot/",),
        trailers=("agent-logs-url",),
        words=("copilot",),
        footer=("github copilot", "copilot"),
        slight=(
            "175728472+copilot", "github-advanced-security[bot]", "github-code-quality[bot]", "copilot@github.com",
        ),
    ),
    Agent(  # M C; sentry-docs#16597
        "Cursor",
        mails=("cursoragent@cursor.com", "agent@cursor.com"),
        logins=("cursor[bot]", "cursor-com[bot]"),
        names=("cursor agent", "cursor"),
        domains=("cursor.com", "cursor.sh"),
        branches=("cursor/",),
        trailers=("made-with",),
        words=("cursor",),
        footer=("cursor",),
    ),
    Agent(  # M K C P; openai/codex#11617
        "Codex",
        mails=("noreply@openai.com", "codex@openai.com"),
        logins=("openai-codex[bot]", "codex[bot]"),
        names=("codex", "openai codex", "codex cli", "chatgpt codex"),
        domains=("openai.com",),
        branches=("codex/",),
        words=("codex", "chatgpt", "gpt"),
        footer=("codex", "openai codex", "chatgpt"),
        slight=("chatgpt-codex-connector[bot]",),
    ),
    Agent(  # B C A U
        "Gemini CLI",
        mails=("gemini-cli-agent@google.com",),
        logins=("gemini-cli[bot]",),
        ids=("218195315+gemini-cli",),
        names=("gemini cli", "gemini-cli", "google gemini", "gemini"),
        domains=("google.com",),
        branches=("gemini/",),
        words=("gemini",),
        footer=("gemini cli", "gemini"),
    ),
    Agent(  # M A P W
        "Jules",
        logins=("google-labs-jules[bot]",),
        names=("google-labs-jules", "google jules", "jules"),
        branches=("jules/",),
        words=("jules",),
    ),
    Agent(  # M; Aider-AI/aider `aider/repo.py`, `aider/args.py`
        "Aider",
        mails=("aider@aider.chat", "noreply@aider.chat", "noreply@aider.dev", "aider@aider.dev"),
        names=("aider",),
        domains=("aider.chat", "aider.dev"),
        branches=("aider/",),
        words=("aider",),
        footer=("aider",),
    ),
    Agent(  # M C P
        "Devin",
        logins=("devin-ai-integration[bot]", "devin-ai[bot]"),
        names=("devin ai", "devin-ai-integration", "devin"),
        domains=("cognition.ai", "devin.ai", "cognition-labs.com"),
        branches=("devin/",),
        words=("devin",),
        footer=("devin",),
    ),
    Agent(  # B G A
        "Windsurf",
        mails=("noreply@codeium.com", "windsurf@codeium.com", "cascade@windsurf.ai", "windsurf@windsurf.ai"),
        logins=("windsurf-bot[bot]",),
        names=("windsurf", "cascade", "windsurf cascade"),
        domains=("codeium.com", "windsurf.ai", "windsurf.com"),
        branches=("windsurf-bot/",),
        words=("windsurf", "cascade"),
        footer=("windsurf",),
    ),
    Agent(  # B A G; jackin-project/jackin#138
        "Amp",
        mails=("amp@ampcode.com",),
        logins=("amp-agent[bot]",),
        names=("amp",),
        domains=("ampcode.com",),
        trailers=("amp-thread-id",),
        words=("amp",),
        footer=("amp",),
    ),
    Agent(  # M A S W
        "OpenCode",
        mails=("noreply@opencode.ai",),
        logins=("opencode-agent[bot]", "opencode[bot]"),
        names=("opencode",),
        domains=("opencode.ai",),
        branches=("opencode/",),
        words=("opencode",),
        footer=("opencode",),
    ),
    Agent(  # B A C S
        "Cline",
        mails=("noreply@cline.bot",),
        logins=("cline[bot]",),
        names=("cline",),
        domains=("cline.bot",),
        branches=("cline/",),
        words=("cline",),
        footer=("cline",),
    ),
    Agent(  # B A C S
        "Roo Code",
        mails=("roomote@roocode.com",),
        logins=("roomote[bot]", "roomote-agent[bot]"),
        names=("roo code", "roomote"),
        domains=("roocode.com",),
        words=("roo code", "roomote"),
        footer=("roo code",),
    ),
    Agent(  # B A C S
        "Kilo Code",
        logins=("kilocode[bot]", "kilo-code-bot[bot]"),
        names=("kilo code",),
        domains=("kilocode.ai",),
        words=("kilo code",),
        footer=("kilo code",),
    ),
    Agent(  # C S
        "Continue",
        mails=("noreply@continue.dev",),
        logins=("continue[bot]",),
        domains=("continue.dev",),
        names=("continue",),
    ),
    Agent(  # chaoss/disclosure#23 and #26
        "Replit",
        trailers=("replit-commit-author", "replit-commit-session-id", "replit-commit-checkpoint-type"),
        names=("replit agent",),
        words=("replit",),
    ),
    Agent(  # U
        "Lovable",
        logins=("gpt-engineer-app[bot]", "lovable-dev[bot]"),
        names=("lovable",),
        domains=("lovable.dev",),
        words=("lovable",),
        footer=("lovable",),
    ),
    Agent("v0", logins=("v0[bot]",), words=("v0",), footer=("v0",)),  # U
    Agent(  # A S U
        "Sweep",
        logins=("sweep-ai[bot]", "sweep-nightly[bot]", "sweep-canary[bot]"),
        branches=("sweep/",),
    ),
    Agent(  # M A U
        "OpenHands",
        mails=("openhands@all-hands.dev", "opendevin@all-hands.dev"),
        ids=("175740463+openhands-agent",),
        logins=("openhands-agent[bot]", "openhands-ai[bot]"),
        names=("openhands", "openhands agent", "opendevin"),
        domains=("all-hands.dev", "openhands.dev", "opendevin.ai"),
        branches=("openhands/", "openhands-fix-issue-"),
        words=("openhands",),
        footer=("openhands",),
    ),
    Agent(  # A W U
        "Kiro",
        mails=("kiro-agent@amazon.com", "noreply@kiro.dev"),
        logins=("kiro-agent[bot]",),
        domains=("kiro.dev",),
        names=("kiro", "kiro agent"),
        words=("kiro",),
        footer=("kiro",),
    ),
    Agent(  # A G
        "Junie",
        logins=("jetbrains-junie[bot]",),
        mails=("junie@jetbrains.com",),
        names=("junie",),
        domains=("jetbrains.com",),
        branches=("jetbrains_junie", "junie/"),
        words=("junie",),
    ),
    Agent(  # M
        "Warp",
        mails=("oz-agent@warp.dev", "agent@warp.dev", "noreply@warp.dev"),
        names=("oz", "warp"),
        domains=("warp.dev",),
        words=("warp",),
        footer=("warp",),
    ),
    Agent(  # M A W
        "Factory Droid",
        logins=("factory-droid[bot]",),
        names=("factory droid", "droid"),
        domains=("factory.ai",),
        words=("factory droid", "droid"),
        footer=("factory droid", "droid"),
    ),
    Agent("Augment", logins=("augmentcode[bot]",), names=("augment code",), domains=("augmentcode.com",)),  # U
    Agent("Codegen", logins=("codegen-sh[bot]",), mails=("codegen-bot@codegen.com",), branches=("codegen/",)),  # P W
    Agent("Cosine", mails=("agent@cosine.sh",), logins=("cosine-agent[bot]",)),  # M
    Agent("TRAE", mails=("noreply@bytedance.com",), names=("trae",), words=("trae",)),  # M
    Agent("Open SWE", logins=("open-swe[bot]", "open-swe-dev[bot]")),  # M
    Agent("Codeflash", logins=("codeflash-ai[bot]",), branches=("codeflash/",)),  # M
    Agent("Gitar", mails=("noreply@gitar.ai",), logins=("gitar-bot[bot]",), names=("gitar",)),  # M
    Agent("Sisyphus", mails=("clio-agent@sisyphuslabs.ai",), names=("sisyphus",), domains=("sisyphuslabs.ai",)),  # M
    Agent(  # M; charmbracelet/crush README
        "Crush",
        mails=("crush@charm.land", "crush@charm.sh"),
        names=("crush",),
        domains=("charm.land",),
        words=("crush",),
        footer=("crush",),
    ),
    Agent(  # M; QwenLM/qwen-code#3115
        "Qwen Code",
        mails=("qwen-coder@alibabacloud.com",),
        names=("qwen-coder", "qwen code"),
        words=("qwen",),
        footer=("qwen code",),
    ),
    Agent("Rovo Dev", names=("rovo dev",), mails=("rovodev@atlassian.com",), words=("rovo dev",)),  # git-ai README
    Agent("Goose", mails=("goose@block.xyz", "goose@opensource.block.xyz"), names=("goose",), domains=("block.xyz",), words=("goose",)),  # B
    # Reviewers whose suggestions people apply: a few lines of a person's commit.
    Agent("Gemini Code Assist", slight=("gemini-code-assist[bot]",)),  # M C
    Agent("cubic", slight=("cubic-dev-ai[bot]",)),  # M C
    Agent("CodeRabbit", slight=("coderabbitai[bot]",)),  # M C
    Agent("Qodo", slight=("qodo-merge-pro[bot]", "qodo-merge[bot]", "qodo-merge-for-open-source[bot]", "qodo-code-review[bot]")),  # M C
    Agent("Hyperlint", slight=("hyperlint-ai[bot]",)),  # M C
    Agent("Greptile", slight=("greptile-apps[bot]",)),  # C
    Agent("Sourcery", slight=("sourcery-ai[bot]",)),  # C
    Agent("Entire", trailers=("entire-checkpoint",)),  # entireio/cli CLAUDE.md; the agent is in its store
)  # fmt: skip

# Programs that do the same for the same input: neither an agent nor a person. Logins of GitHub
# accounts, and addresses.
AUTOMATION = frozenset({
    "dependabot[bot]", "dependabot-preview[bot]", "renovate[bot]", "renovate-bot", "mend-renovate[bot]",
    "github-actions[bot]", "pre-commit-ci[bot]", "pre-commit-ci-lite[bot]", "autofix-ci[bot]", "pyup-bot", "pyup.io", "greenkeeper[bot]",
    "snyk-bot", "imgbot[bot]", "imgbothelp@gmail.com", "allcontributors[bot]", "weblate", "web-flow-bot", "crowdin-bot",
    "transifex-integration[bot]", "stainless-app[bot]", "stainless-bot", "mergify[bot]", "bors[bot]",
    "semantic-release-bot", "release-please[bot]", "changeset-bot[bot]", "deepsource-autofix[bot]", "restyled-io[bot]",
    "github-merge-queue[bot]", "sourcegraph-bot", "kodiakhq[bot]", "lgtm-com[bot]", "codacy-badger", "azure-pipelines[bot]",
    "conda-forge-admin", "regro-cf-autotick-bot", "miss-islington", "meeseeksmachine", "backportbot[bot]", "speakeasybot",
    "speakeasy-github[bot]", "fern-api[bot]", "openapi-generator-bot", "scala-steward", "nixpkgs-merge-bot[bot]",
    "copybara-service[bot]", "gcf-owl-bot[bot]", "yoshi-automation", "elasticmachine", "k8s-ci-robot", "github-classroom[bot]",
    "noreply@weblate.org", "hosted@weblate.org", "support@dependabot.com", "bot@renovateapp.com",
    "bot@stainless.com", "bot@stainlessapi.com", "support@pyup.io", "bot@pyup.io", "github-bot@pyup.io",
    "support@crowdin.com", "bot@whitesourcesoftware.com", "hello@imgbot.net", "action@github.com", "actions@github.com",
    "github-actions@github.com", "semantic-release-bot@martynus.net", "snyk-bot@snyk.io",
})  # fmt: skip
# Those that people run under names of their own.
AUTOMATION_ENDS = ("renovate[bot]", "dependabot[bot]")
