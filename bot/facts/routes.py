"""The web routes that one Python file declares: Flask, FastAPI and Starlette, Django.

A path whose beginning is computed begins with `*`.
"""

import ast
import re

# Nothing else can declare a route: most files end here.
_HINT = re.compile(
    r"@[\w.]+\.(?:route|api_route|websocket|get|post|put|patch|delete|head|options)\("
    r"|add_url_rule\(|add_api_route\(|include_router\(|register_blueprint\(|\burlpatterns\b|\bRoute\("
)
_VERBS = frozenset(("get", "post", "put", "patch", "delete", "head", "options"))
_OWNERS = frozenset(("APIRouter", "Blueprint", "FastAPI", "Flask", "Starlette", "APIBlueprint"))
_ADDING = {"add_url_rule": "flask", "add_api_route": "fastapi", "add_route": "starlette"}
_MOUNTING = {"include_router": "prefix", "register_blueprint": "url_prefix"}
_DJANGO = frozenset(("path", "re_path", "url"))
_DEPTH = 20
_LENGTH = 500

# Methods ("*" where they are not told), path, function, line, kind.
Route = tuple[list[str], str, str, int, str]


def collect(tree: ast.Module, text: str) -> list[Route]:
    """The routes of a file in the order of their lines. A prefix known in the file is part of a path.

    The kind is flask, fastapi, starlette, django, hidden (not for the API's description) or mount,
    whose function is what is mounted at the path.
    """
    if not _HINT.search(text):
        return []
    reader = _Reader()
    # Statements only, at any depth: a route is never declared inside an expression.
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        reader.read(node)
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            waiting.extend(getattr(node, field, None) or () if isinstance(node, _HOLDERS) else ())
    return reader.routes()


_HOLDERS = (ast.Module, ast.stmt, ast.excepthandler, ast.match_case)


class _Reader:
    """Takes in statements in any order; prefixes are applied at the end."""

    def __init__(self) -> None:
        # The variable that owns a route stands before it, to find its prefix.
        self._found: list[tuple[str, Route]] = []
        self._prefixes: dict[str, str | None] = {}
        # What is mounted, at which path (None where it is computed), and the keyword that says so.
        self._mounts: list[tuple[str, tuple[list[str], str | None, str, int, str]]] = []

    def read(self, node: ast.AST) -> None:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for decorator in node.decorator_list:
                if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute):
                    self._decorated(node.name, decorator, decorator.func)
        elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)) and node.value:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, (ast.Name, ast.Attribute)):
                    self._assigned(_dotted(target), node.value)
        elif isinstance(node, ast.Return):
            self._listed(node.value, "", 0)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            call = node.value
            if isinstance(call.func, ast.Attribute):
                self._called(call, call.func)

    def routes(self) -> list[Route]:
        places: dict[str, list[str | None]] = {}
        for target, (_, path, _, _, kind) in self._mounts:
            if target in self._prefixes:
                # Flask's own prefix is replaced, FastAPI's is added to.
                own = self._prefixes[target] if kind == "prefix" else ""
                known = path is not None and own is not None
                places.setdefault(target, []).append(f"{path}{own}" if known else None)
        found = []
        for owner, (methods, path, function, line, kind) in self._found:
            for prefix in places.get(owner) or [self._prefixes.get(owner, "")]:
                is_known = prefix is not None and path != "*"
                whole = f"{prefix}{path}" if is_known else f"*{path.lstrip('*')}"
                if whole:
                    found.append((methods, whole, function, line, kind))
        for target, (methods, path, _, line, _) in self._mounts:
            if target not in self._prefixes and path:
                found.append((methods, path, target, line, "mount"))
        return sorted(found, key=lambda route: (route[3], route[1]))

    def _decorated(self, function: str, call: ast.Call, method: ast.Attribute) -> None:
        verb, owner = method.attr, _dotted(method.value)
        literal = _path(call)
        path = "*" if literal is None else literal
        # `@cache.get("key")` is no route.
        if not owner or path.lstrip("*")[:1] not in {"", "/"}:
            return
        kind = "hidden" if _is_false(call, "include_in_schema") else "fastapi"
        if verb in {"route", "api_route"}:
            kind = "flask" if verb == "route" else kind
            methods = _methods(call, ["GET"])
        elif verb == "websocket":
            methods, kind = ["WEBSOCKET"], "hidden"
        elif verb in _VERBS:
            methods = [verb.upper()]
        else:
            return
        self._found.append((owner, (methods, path, function, call.lineno, kind)))

    def _called(self, call: ast.Call, method: ast.Attribute) -> None:
        owner, name = _dotted(method.value), method.attr
        if name in _ADDING:
            path = _path(call)
            if path is not None and path.startswith("/"):
                view = _argument(call, 2 if name == "add_url_rule" else 1, "view_func")
                route = (_methods(call, ["GET"]), path, _dotted(view), call.lineno, _ADDING[name])
                self._found.append((owner, route))
        elif name == "extend" and owner.endswith("urlpatterns") and call.args:
            self._listed(call.args[0], "", 0)
        elif name in _MOUNTING and call.args:
            target, keyword = _dotted(call.args[0]), _MOUNTING[name]
            given = _keyword(call, keyword)
            if target and (given is not None or keyword == "prefix"):
                path = "" if given is None else _literal(given)
                self._mounts.append((target, (["*"], path, target, call.lineno, keyword)))

    def _assigned(self, name: str, value: ast.expr) -> None:
        if isinstance(value, ast.Call) and _dotted(value.func).rpartition(".")[2] in _OWNERS:
            given = _keyword(value, "prefix") or _keyword(value, "url_prefix")
            self._prefixes.setdefault(name, "" if given is None else _literal(given))
            self._listed(_keyword(value, "routes"), "", 0)
        elif name.rpartition(".")[2] in {"urlpatterns", "routes"} or isinstance(value, ast.List):
            self._listed(value, "", 0)

    def _listed(self, value: ast.expr | None, prefix: str, depth: int) -> None:
        """The routes in a list of `path(...)` or `Route(...)`, and in lists inside."""
        if depth > _DEPTH:
            return
        if isinstance(value, ast.BinOp):
            self._listed(value.left, prefix, depth + 1)
            self._listed(value.right, prefix, depth + 1)
        for call in value.elts if isinstance(value, (ast.List, ast.Tuple)) else ():
            path = _path(call) if isinstance(call, ast.Call) else None
            if isinstance(call, ast.Call) and path is not None:
                self._entry(call, prefix, path, depth)

    def _entry(self, call: ast.Call, prefix: str, path: str, depth: int) -> None:
        name = _dotted(call.func).rpartition(".")[2]
        if name == "Route" and path.startswith("/"):
            view = _dotted(_argument(call, 1, "endpoint"))
            route = (_methods(call, ["GET"]), prefix + path, view, call.lineno, "starlette")
            self._found.append(("", route))
        elif name == "Mount":
            self._listed(_keyword(call, "routes"), prefix + path, depth + 1)
        elif name in _DJANGO and len(call.args) > 1:
            what = call.args[1]
            whole = prefix + path if name == "path" else prefix + _of_pattern(path)
            if not isinstance(what, ast.Call) or _dotted(what.func).rpartition(".")[2] != "include":
                target = _dotted(what.func if isinstance(what, ast.Call) else what)
                self._found.append(("", (["*"], "/" + whole, target, call.lineno, "django")))
            elif what.args and isinstance(what.args[0], (ast.List, ast.Tuple)):
                self._listed(what.args[0], whole, depth + 1)
            elif what.args and whole:
                target = _literal(what.args[0]) or _dotted(what.args[0])
                self._found.append(("", (["*"], "/" + whole, target, call.lineno, "mount")))


def _of_pattern(pattern: str) -> str:
    """A regular expression of Django as a path: its groups are variables."""
    text = re.sub(r"\(\?P<(\w+)>(?:[^()\\]|\\.|\([^()]*\))*\)", r"<\1>", pattern[:_LENGTH])
    return text.lstrip("^").removesuffix("$").removesuffix("/?")


def _path(call: ast.Call) -> str | None:
    given = call.args[0] if call.args else _keyword(call, "path") or _keyword(call, "rule")
    return _literal(given)


def _literal(node: ast.expr | None) -> str | None:
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return node.value if is_text else None  # type: ignore[union-attr]


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((each.value for each in call.keywords if each.arg == name), None)


def _argument(call: ast.Call, position: int, name: str) -> ast.expr | None:
    return call.args[position] if len(call.args) > position else _keyword(call, name)


def _is_false(call: ast.Call, name: str) -> bool:
    value = _keyword(call, name)
    return isinstance(value, ast.Constant) and value.value is False


def _methods(call: ast.Call, otherwise: list[str]) -> list[str]:
    given = _keyword(call, "methods")
    if given is None:
        return otherwise
    if not isinstance(given, (ast.List, ast.Tuple, ast.Set)):
        return ["*"]
    texts = [_literal(each) for each in given.elts]
    return ["*"] if None in texts else sorted({text.upper() for text in texts if text})


def _dotted(node: ast.AST | None) -> str:
    """`a.b.c` of names and attributes; "" for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute) and len(parts) < _DEPTH:
        parts.append(node.attr)
        node = node.value
    return ".".join(reversed([*parts, node.id])) if isinstance(node, ast.Name) else ""
