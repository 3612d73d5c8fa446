from logistics.clients.base import BaseClient


class CustomsClient(BaseClient):
    partner = "customs"

    def declare(self, parcel: str, value_cents: int) -> str:
        """Number of the declaration."""
        body = {"parcel": parcel, "value": value_cents}
        return self._call("PUT", f"/declarations/{parcel}", json=body)["number"]

    def is_cleared(self, parcel: str) -> bool:
        return self._call("GET", f"/declarations/{parcel}")["state"] == "cleared"
