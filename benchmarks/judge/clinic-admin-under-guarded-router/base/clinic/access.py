from fastapi import Depends, Header, HTTPException

from clinic.store import Store, User, get_store


def current_user(
    authorization: str = Header(...), store: Store = Depends(get_store)
) -> User:
    user = store.user_by_token(authorization.removeprefix("Bearer "))
    if user is None:
        raise HTTPException(401)
    return user


def require_admin(user: User = Depends(current_user)) -> User:
    if user.role != "admin":
        raise HTTPException(403)
    return user


def ensure_may_see(user: User, patient_id: int) -> None:
    """Doctors see the patients they treat, patients see themselves."""
    if user.id != patient_id and patient_id not in user.treats:
        raise HTTPException(403)
