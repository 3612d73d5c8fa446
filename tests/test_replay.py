"""`review-service replay`: a delivery that was done is done again, and nothing is written twice."""

import contextlib
import time

import pytest
from service_world import HEAD, world
from sqlalchemy import delete, insert

from bot.errors import ArchitraveError
from bot.github_settings import github_settings
from bot.outside.github_app import App
from webhooks import jobs, replay, store
from webhooks.service_settings import service_settings
from webhooks.tables import DELIVERIES


@pytest.fixture(scope="module")
def at(tmp_path_factory):
    with world(tmp_path_factory.mktemp("replay")) as found:
        found.service.start()
        found.hub.webhook_url = f"{found.service.url}/webhooks/github"
        yield found


def delivered(at, event):
    """GitHub delivers an event, and keeps that it did."""
    assert at.hub.send(event, at.app) < 300
    at.settle()
    return at.hub.state.deliveries[-1]


@pytest.mark.parametrize("by", ["number", "guid"])
def test_a_review_is_done_again_and_posts_nothing_twice(at, by):
    pull = at.hub.open(at.repo, HEAD, branch=by)
    event = at.hub.events[-1]
    delivery = delivered(at, event)
    prefix = f"review:acme/shop#{pull.number}:"
    assert len(at.jobs(prefix)) == 1
    wanted = str(delivery.id) if by == "number" else event.guid.upper()
    said = replay.run(wanted, at.service.environ)
    assert f"{event.guid} (pull_request.opened) again; it was taken before" in said
    at.service.wait(lambda: len(at.jobs(prefix)) == 2)
    at.settle()
    assert {status for _, status in at.jobs(prefix)} == {"SUCCESS"}
    assert len([review for review in pull.reviews if review.body]) == 1


def test_a_command_is_done_again(at):
    pull = at.hub.open(at.repo, HEAD, branch="command")
    delivered(at, at.hub.events[-1])
    at.hub.say(pull, "bob", "/architrave explain security/code-execution")
    event = at.hub.find_event("issue_comment", "created")
    delivered(at, event)
    count = len(pull.comments)
    replay.run(event.guid, at.service.environ)
    at.service.wait(lambda: len(pull.comments) == count + 1)


def test_a_delivery_that_was_never_taken_is_just_asked_for(at):
    pull = at.hub.open(at.repo, HEAD, branch="missed")
    delivery = at.hub.missed(at.hub.events[-1], code=502)
    assert "it was not known here" in replay.run(str(delivery.id), at.service.environ)
    at.service.wait(lambda: at.hub.gate(pull) == "failure")


@pytest.mark.parametrize("name", ["99999999", "0b7b9b9e-0000-4000-8000-000000000000"])
def test_a_delivery_that_github_does_not_have(at, name):
    with pytest.raises(ArchitraveError, match=f"no delivery {name}; it keeps them") as raised:
        replay.run(name, at.service.environ)
    assert "/architrave review" in raised.value.hint


@pytest.mark.parametrize("name", ["", "two words", "x" * 81, "' OR 1=1"])
def test_what_is_no_delivery_at_all(at, name):
    with pytest.raises(ArchitraveError, match="names no delivery"):
        replay.run(name, at.service.environ)


def test_one_that_is_being_done_is_left_alone(at):
    delivery = at.hub.missed(at.hub.ping(), code=200)
    guid, settings = delivery.event.guid, service_settings(at.service.environ)
    with contextlib.ExitStack() as stack:
        client, engine = store.client(settings), store.inbox_engine(settings)
        stack.callback(client.destroy)
        stack.callback(engine.dispose)
        # A queue that nobody works on: it waits for ever.
        options = {"workflow_name": "quick", "queue_name": "nobody", "workflow_id": f"quick:{guid}"}
        client.enqueue(options, jobs.Job("settle").row())
        with pytest.raises(ArchitraveError, match="being done"):
            replay.run(str(delivery.id), at.service.environ)
        client.delete_workflows([f"quick:{guid}"])
        # One that waits would be taken in by the worker; this one is put off.
        later = {"id": guid, "event": "ping", "kind": "settle", "repository": "acme/shop"}
        later |= {"number": 1, "installation": 1, "at": time.time() + 3600, "job": "{}"}
        with engine.begin() as connection:
            connection.execute(insert(DELIVERIES).values(**later))
        with pytest.raises(ArchitraveError, match="waits"):
            replay.run(str(delivery.id), at.service.environ)
        with engine.begin() as connection:
            connection.execute(delete(DELIVERIES).where(DELIVERIES.c.id == guid))


def test_without_an_app_nobody_may_ask(at):
    environ = {
        name: text for name, text in at.service.environ.items() if not name.startswith("GITHUB_APP")
    }
    with pytest.raises(ArchitraveError, match="Only a GitHub App"):
        replay.run("12", environ | {"GITHUB_TOKEN": "ghp_x"})


def test_github_that_refuses_is_quoted(at):
    delivery = at.hub.missed(at.hub.ping(), code=500)
    at.hub.fail("POST", "/attempts$", 422)
    with pytest.raises(ArchitraveError, match="GitHub answered 422"):
        replay.run(str(delivery.id), at.service.environ)


def test_a_guid_is_found_on_a_later_page(at):
    first = at.hub.missed(at.hub.ping(), code=200)
    for _ in range(205):
        at.hub.missed(at.hub.events[-1], code=200)
        at.hub.state.deliveries[-1].event = type(first.event)("ping", {})
    app = App(github_settings(at.service.environ))
    assert app.find(first.event.guid).id == first.id
