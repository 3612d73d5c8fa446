from typing import Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from clinic.access import require_admin
from clinic.store import Store, get_store

router = APIRouter(prefix="/admin", dependencies=[Depends(require_admin)])


class RoleIn(BaseModel):
    role: Literal["patient", "doctor", "admin"]


@router.put("/users/{user_id}/role", status_code=204)
def set_role(user_id: int, body: RoleIn, store: Store = Depends(get_store)) -> None:
    store.set_role(user_id, body.role)
