"""Which model reviews: what the environment may say of it."""

import pytest

from bot.errors import ArchitraveError
from bot.judge_settings import OFFICIAL, JudgeSettings, judge_settings


def test_no_settings_without_a_key() -> None:
    assert judge_settings({}) is None
    assert judge_settings({"ANTHROPIC_API_KEY": " \n"}) is None
    assert judge_settings({"ARCHITRAVE_LLM_RECORD": "x"}) is None


def test_settings() -> None:
    plain = judge_settings({"ANTHROPIC_API_KEY": "sk-1\n"})
    model_ = "claude-sonnet-5-5"
    assert plain == JudgeSettings("anthropic", "sk-1", "", model_, model_)
    assert plain.host == "api.anthropic.com" and plain.official and "sk-1" not in repr(plain)
    own = judge_settings(
        {
            "ANTHROPIC_API_KEY": "k",
            "ANTHROPIC_BASE_URL": "http://Gateway:4000/anthropic/v1/",
            "ARCHITRAVE_MODEL": "qwen3:8b",
            "ARCHITRAVE_LLM_REPLAY": "folder",
        }
    )
    assert own == JudgeSettings(
        "anthropic", "k", "http://Gateway:4000/anthropic", "qwen3:8b", "qwen3:8b", "", "folder"
    )
    assert not own.official and own.host == "Gateway:4000"
    two = judge_settings(
        {
            "ANTHROPIC_API_KEY": "k",
            "ANTHROPIC_BASE_URL": f"{OFFICIAL}/v1",
            "ARCHITRAVE_VERIFY_MODEL": "claude-opus-5-5",
            "ARCHITRAVE_LLM_RECORD": "folder",
        }
    )
    assert two and two.official and (two.model, two.verify_model) == (model_, "claude-opus-5-5")
    assert two.record == "folder"


def test_settings_of_clouds() -> None:
    bedrock = judge_settings({"ARCHITRAVE_PROVIDER": "Bedrock", "AWS_REGION": "eu-west-1"})
    assert bedrock and (bedrock.region, bedrock.key) == ("eu-west-1", "")
    assert bedrock.host == "bedrock-runtime.eu-west-1.amazonaws.com" and not bedrock.official
    vertex = {
        "ARCHITRAVE_PROVIDER": "vertex",
        "CLOUD_ML_REGION": "global",
        "ANTHROPIC_VERTEX_PROJECT_ID": "mine",
        "ANTHROPIC_VERTEX_BASE_URL": "https://example.org/v1/",
    }
    found = judge_settings(vertex)
    assert found and (found.region, found.project) == ("global", "mine")
    assert found.base_url == "https://example.org/v1"
    foundry = {
        "ARCHITRAVE_PROVIDER": "foundry",
        "ANTHROPIC_FOUNDRY_API_KEY": "k",
        "ANTHROPIC_FOUNDRY_RESOURCE": "house",
    }
    found = judge_settings(foundry)
    assert found and found.base_url == "https://house.services.ai.azure.com/anthropic"
    found = judge_settings(foundry | {"ANTHROPIC_FOUNDRY_BASE_URL": "https://example.org/a/"})
    assert found and found.base_url == "https://example.org/a"
    replayed = judge_settings({"ARCHITRAVE_PROVIDER": "bedrock", "ARCHITRAVE_LLM_REPLAY": "x"})
    assert replayed and replayed.replay == "x"


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"ARCHITRAVE_PROVIDER": "openai"}, "ARCHITRAVE_PROVIDER"),
        ({"ANTHROPIC_API_KEY": "sec\nret"}, "ANTHROPIC_API_KEY"),
        ({"ANTHROPIC_API_KEY": "sec\x07ret"}, "ANTHROPIC_API_KEY"),
        ({"ANTHROPIC_API_KEY": "secrét"}, "ANTHROPIC_API_KEY"),
        ({"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": "ftp://secret"}, "http"),
        ({"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": "secret"}, "http"),
        ({"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": "http://"}, "http"),
        ({"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": "http://a:secret"}, "http"),
        ({"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": "http://[secret"}, "http"),
        ({"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": "http://u:secret@a"}, "more than"),
        ({"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": "http://a?secret"}, "more than"),
        ({"ANTHROPIC_API_KEY": "k", "ARCHITRAVE_MODEL": "a secret"}, "ARCHITRAVE_MODEL"),
        ({"ARCHITRAVE_LLM_RECORD": "a", "ARCHITRAVE_LLM_REPLAY": "b"}, "both set"),
        ({"ARCHITRAVE_PROVIDER": "bedrock"}, "AWS_REGION is not set"),
        ({"ARCHITRAVE_PROVIDER": "bedrock", "AWS_REGION": "a.b/secret"}, "host's name"),
        ({"ARCHITRAVE_PROVIDER": "vertex"}, "CLOUD_ML_REGION"),
        ({"ARCHITRAVE_PROVIDER": "vertex", "CLOUD_ML_REGION": "us"}, "PROJECT_ID"),
        ({"ARCHITRAVE_PROVIDER": "foundry"}, "ANTHROPIC_FOUNDRY_API_KEY"),
        (
            {"ARCHITRAVE_PROVIDER": "foundry", "ANTHROPIC_FOUNDRY_API_KEY": "k"},
            "ANTHROPIC_FOUNDRY_RESOURCE",
        ),
    ],
)
def test_settings_that_cannot_be_right(environ: dict[str, str], said: str) -> None:
    with pytest.raises(ArchitraveError, match=said) as caught:
        judge_settings(environ)
    assert "secret" not in caught.value.message + caught.value.hint and caught.value.hint
