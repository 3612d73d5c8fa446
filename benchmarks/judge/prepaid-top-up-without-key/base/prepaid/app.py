import os
import uuid

from fastapi import Depends, FastAPI, Header
from pydantic import BaseModel, Field

from prepaid.accounts import Accounts, Entry
from prepaid.signatures import Signature

app = FastAPI(title="Prepaid, for the shops of our partners")
partner = Signature(os.environb[b"PARTNER_SECRET"])


def accounts() -> Accounts:
    raise NotImplementedError("set by the application")


class Charge(BaseModel):
    phone: str = Field(pattern=r"^\+\d{8,15}$")
    cents: int = Field(gt=0, le=20_000)


@app.post("/charges", status_code=204, dependencies=[Depends(partner)])
def charge(
    body: Charge,
    idempotency_key: uuid.UUID = Header(...),
    store: Accounts = Depends(accounts),
) -> None:
    """Take money off. Partners repeat a call that timed out, with the same key."""
    store.enter_once(Entry(body.phone, -body.cents, str(idempotency_key)))
