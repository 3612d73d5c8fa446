from logistics.clients.base import BaseClient


class CarrierClient(BaseClient):
    partner = "carrier"

    def book(self, parcel: str, grams: int) -> str:
        """Number under which the carrier knows the parcel."""
        return self._call("PUT", f"/parcels/{parcel}", json={"grams": grams})["tracking"]

    def events(self, tracking: str) -> list[dict]:
        return self._call("GET", f"/tracking/{tracking}/events")
