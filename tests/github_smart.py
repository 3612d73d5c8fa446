"""Git over smart HTTP from a bare repository, by Git's own `http-backend`."""

import os
import re
import subprocess
from typing import Any
from urllib.parse import urlsplit

from github_api import Refused
from github_auth import credential, token_of, visible
from github_git import Store
from github_http import Answer, Request

PLACE = re.compile(r"/([^/]+/[^/]+)\.git/(info/refs|git-upload-pack|git-receive-pack)")
CHALLENGE = {"WWW-Authenticate": 'Basic realm="GitHub"', "Content-Type": "text/plain"}


def pushes(request: Request) -> bool:
    """Whether the client wants to write."""
    return "git-receive-pack" in request.target


def admit(hub: Any, request: Request) -> Answer:
    """Git's answer to whom it concerns: who cannot read the repository is asked to sign in."""
    found = PLACE.fullmatch(request.path)
    plain = {"Content-Type": "text/plain"}
    if found is None or pushes(request):
        hub.problems.append(f"{request}: a bot fetches, and nothing else")
        return Answer(403, b"Write access to repository not granted.\n", plain)
    with hub.lock:
        secret = credential(request)
        try:
            token = token_of(hub.state, secret, hub.now())
            repo = visible(hub.state, token, found[1])
        except Refused:
            if secret is not None and secret not in hub.state.tokens:
                hub.refused.append(f"401 {request}: invalid credentials")
            return Answer(401, b"Repository not found.\n", dict(CHALLENGE))
        granted = token is None or token.installation is None or "contents" in token.permissions
        request.actor = token.actor.login if token else None
    if not granted and repo.private:
        return Answer(403, b"Write access to repository not granted.\n", plain)
    return serve(repo.store, found[2], request)


def serve(store: Store, service: str, request: Request) -> Answer:
    """What `git http-backend` answers for a repository."""
    environment = {name: value for name, value in os.environ.items() if name[:4] != "GIT_"} | {
        "GIT_PROJECT_ROOT": str(store.path),
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
        "PATH_INFO": f"/{service}",
        "QUERY_STRING": urlsplit(request.target).query,
        "REQUEST_METHOD": request.method,
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(request.content)),
        "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
        "REMOTE_ADDR": "127.0.0.1",
    }
    ran = subprocess.run(
        ["git", "-c", "safe.directory=*", "http-backend"],
        input=request.content,
        env=environment,
        capture_output=True,
        check=False,
    )
    head, _, content = ran.stdout.partition(b"\r\n\r\n")
    if ran.returncode or not head:
        return Answer(500, ran.stderr, {"Content-Type": "text/plain"})
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
    status = int(headers.pop("Status", "200").partition(" ")[0])
    return Answer(status, content, headers)
