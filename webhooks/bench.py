"""What jobs are done with."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from webhooks.sealing import Seal
from webhooks.service_settings import ServiceSettings

if TYPE_CHECKING:
    from dbos import DBOSClient
    from sqlalchemy import Engine


class Bench(NamedTuple):
    """Doors to the store, and the seal of what it cannot read. *pauses* says until when GitHub will not hear an installation, *scarce* until when little of
    what it hears in an hour is left, *running* holds the identities of what runs in this process."""

    settings: ServiceSettings
    client: "DBOSClient"
    ledger: "Engine"
    pauses: dict[int, float]
    scarce: dict[int, float]
    running: set[str]
    seal: Seal

    @property
    def environ(self) -> Mapping[str, str]:
        return self.settings.environ
