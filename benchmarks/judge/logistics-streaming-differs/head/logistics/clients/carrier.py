from typing import BinaryIO

import httpx

from logistics.clients.base import BaseClient, ClientError


class CarrierClient(BaseClient):
    partner = "carrier"

    def book(self, parcel: str, grams: int) -> str:
        """Number under which the carrier knows the parcel."""
        return self._call("PUT", f"/parcels/{parcel}", json={"grams": grams})["tracking"]

    def label(self, tracking: str, out: BinaryIO) -> None:
        """Write the label, a PDF, to *out*. Raises ClientError."""
        path = f"/tracking/{tracking}/label"
        try:
            with self._http.stream("GET", path) as answer:
                answer.raise_for_status()
                for chunk in answer.iter_bytes():
                    out.write(chunk)
        except httpx.HTTPError as error:
            raise ClientError(f"{self.partner}: {path}") from error

    def events(self, tracking: str) -> list[dict]:
        return self._call("GET", f"/tracking/{tracking}/events")
