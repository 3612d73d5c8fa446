"""A round over all open pull requests, as a schedule makes it: settle them, and go on with what stopped.

GitHub tells a workflow nothing of resolved conversations, and runs nothing again by itself. A round
runs beside the reviews of single pull requests: it says only what differs, and looks again afterwards.
"""

import time

from bot import pull_requests, standing
from bot.conversation import PullRequest
from bot.offices import Gate, Office

# A review that has been running that long runs no more: its job has ended (docs/github.md).
_STOPPED = 20 * 60.0
_LOOKS = 3


def visit(number: int, office: Office) -> Gate:
    """Settle a pull request, or review it where that is due. Raises as `pull_requests.review` does."""
    for _ in range(_LOOKS):
        pull, bot = office.hub.pull_request(number)
        gate = standing.shared(standing.weigh(pull, bot, office), pull, bot, office)
        if gate.is_due or _has_stopped(gate, pull, office):
            return pull_requests.review(number, office)
        if not _say(gate, pull, office):
            break
    return gate


def _has_stopped(gate: Gate, pull: PullRequest, office: Office) -> bool:
    """Whether a review has begun and come to nothing, not even to the word that it did."""
    if gate.state != "pending":
        return False
    said = office.hub.said(pull.head)
    return said is not None and said.state == "pending" and time.time() - said.at > _STOPPED


def _say(gate: Gate, pull: PullRequest, office: Office) -> bool:
    """Set the gate where it says something else; whether it did."""
    if pull.state != "open" or gate.state == "pending":
        return False
    said = office.hub.said(pull.head)
    if said is not None and (said.state, said.says) == (gate.state, gate.says[:140]):
        return False
    office.hub.set_gate(pull.head, gate.state, gate.says)
    return True
