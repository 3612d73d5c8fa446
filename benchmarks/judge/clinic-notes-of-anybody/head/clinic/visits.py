from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import PlainTextResponse

from clinic.access import current_user, ensure_may_see
from clinic.store import Store, User, get_store

router = APIRouter(prefix="/visits")


@router.get("")
def visits_of(
    patient_id: int, user: User = Depends(current_user), store: Store = Depends(get_store)
):
    ensure_may_see(user, patient_id)
    return [{"id": visit.id, "day": visit.day} for visit in store.visits_of(patient_id)]


@router.get("/{visit_id}")
def visit(visit_id: int, user: User = Depends(current_user), store: Store = Depends(get_store)):
    found = store.visit(visit_id)
    if found is None:
        raise HTTPException(404)
    ensure_may_see(user, found.patient_id)
    return {"id": found.id, "day": found.day, "patient": found.patient_id}


@router.get("/{visit_id}/notes", response_class=PlainTextResponse)
def notes(visit_id: int, user: User = Depends(current_user), store: Store = Depends(get_store)):
    found = store.visit(visit_id)
    if found is None:
        raise HTTPException(404)
    return found.notes
