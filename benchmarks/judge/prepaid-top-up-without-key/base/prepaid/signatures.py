import hashlib
import hmac

from fastapi import Header, HTTPException, Request


class Signature:
    """A dependency: the body was signed with the secret that we share with the sender."""

    def __init__(self, secret: bytes):
        self._secret = secret

    async def __call__(self, request: Request, x_signature: str = Header(...)) -> None:
        wanted = hmac.new(self._secret, await request.body(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(wanted, x_signature):
            raise HTTPException(401)
