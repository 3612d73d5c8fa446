"""The layers that the packages of a repository keep today, as first rules of its own."""

import itertools
import re
from collections.abc import Iterator, Mapping
from contextlib import closing

from bot import import_graph, import_linter, layering, standards
from bot.analysis import Workshop
from bot.comparison import Comparison, Subject
from bot.domain import Change, Policy
from bot.import_graph import Graph, GraphFailed
from bot.outside.cache import Cache
from bot.outside.git import Repository

# Folders whose modules nobody builds on.
_ASIDE = re.compile(
    r"^(tests?|docs?|examples?|scripts?|tools?|benchmarks?|setup|conftest)$|^_|_tests?$"
)
# Fewer layers state nothing that anybody would want to keep.
_FEWEST_LAYERS = 3
_MOST_PACKAGES = 5

_TEMPLATE = """\
---
id: {identity}
title: The layers of {package}
severity: warning
check: imports
options:
  contract: layers
  containers: [{package}]
  # The highest first. `a | b` do not import each other, `a : b` may. Import-linter would say it alike.
  layers:
{layers}
  exclude_type_checking: true
---

## Why

A module that imports from a layer above it can no longer be understood, tested or replaced without that layer.

## Instead

Move what both need into a lower layer, or hand it over as an argument.

## Breaks it

{init}
```python before {low}
```

```python after {low}
import {package}.{high}
```

{high_file}
## Keeps it

{init}
```python before {high_path}
```

```python after {high_path}
import {package}.{bottom}
```

{low_file}"""


def propose(repository: Repository, tree: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Rule files, path to text, that hold for this tree.

    None where it states contracts for import-linter, or its imports show no layers or cannot be read.
    """
    if import_linter.read(standards.contract_texts(repository, tree)).rules:
        return {}
    change = Change("first layers", tree, tree, tree, ())
    with closing(Workshop(Cache(None), environ)) as workshop:
        comparison = Comparison(Subject(change, Policy()), repository, workshop)
        try:
            graph = import_graph.read(comparison).head
        except GraphFailed:
            return {}
    return dict(itertools.islice(_proposals(graph), _MOST_PACKAGES))


def _proposals(graph: Graph) -> Iterator[tuple[str, str]]:
    links = [
        (graph.names[importer], graph.names[imported])
        for (importer, imported), edge in graph.edges.items()
        if not edge.typing and not imported.startswith(":")
    ]
    names = {name: node for node, name in graph.names.items() if not node.startswith(":")}
    for package in sorted(name for name in names if "." not in name):
        folders = names[package].split("/")[:-1]
        is_aside = any(_ASIDE.search(folder) for folder in folders)
        layers = [] if is_aside else layering.propose(package, names.keys(), links)
        if len(layers) >= _FEWEST_LAYERS:
            yield _proposal(package, layers)


def _proposal(package: str, layers: list[str]) -> tuple[str, str]:
    slug = re.sub(r"[^a-z0-9]+", "-", package.lower()).strip("-")
    high, low = (re.split(r" [|:] ", layer)[0] for layer in (layers[0], layers[-1]))
    text = _TEMPLATE.format(
        identity=f"house/{slug}-layers",
        package=package,
        layers="\n".join(f'    - "{layer}"' for layer in layers),
        init=_block(f"{package}/__init__.py"),
        high=high,
        bottom=low,
        low=f"{package}/{low}.py",
        high_path=f"{package}/{high}.py",
        high_file=_block(f"{package}/{high}.py"),
        low_file=_block(f"{package}/{low}.py"),
    )
    return f"{standards.HOUSE_RULES}/{slug}-layers.md", text


def _block(path: str) -> str:
    return f"```python {path}\n```\n"
