"""What no command reaches: functions and classes of the package that no name leads to.

    .venv/bin/python -m tests.unreached [FOLDER]    print them, of this project if no folder is named

Names are followed through modules, and methods by name alone: whatever a command's function mentions,
anywhere, it may call. So do the functions that docs/python.md names, and the public names of `examgen.stats`.
"""

from __future__ import annotations

import ast
import gc
import re
import sys
from collections import defaultdict
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
DEFINITION = (*FUNCTION, ast.ClassDef)
Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef
OF_PYTHON = r"`(examgen[\w.]+)\.(\w+)`"
"""How docs/python.md names the functions that are there for Python alone."""
PUBLIC = "examgen.stats"
"""The package of names that people call from Python; so are the methods of what they return."""
REGISTERED = r"atexit|valid|serial|^(kind|allowed|public|signed_in)\b"
"""Decorators that hand a function to those who will call it: atexit, pydantic, the queue of jobs, the URLs of
the site."""
FRAMEWORKS = {"django", "allauth", "click"}
"""Libraries that call whatever a class of theirs has, and find by a text what settings name."""
DJANGO_CALLS = {"process_exception", "process_view", "validate", "get_help_text"}
"""Methods of middleware and of rules for passwords, whose classes inherit from nothing of Django."""
FOUND = r"^(examgen[\w.]+)\.(\w+)$"
"""How settings name something."""
DECLARED = r"^([\w.]+):(\w+)$"
"""How the table of commands names their declarations."""
STARTED = r"from (examgen[\w.]+) import (\w+)"
"""How a text of code that another process runs says where it begins."""


Place = tuple[str, str]
"""A module and a name in it: `("examgen.rendering.pdf.engine", "Fetcher.fetch")`."""


def unreached(root: Path) -> list[tuple[Place, int]]:
    """What no command leads to, each with its lines; a class stands for its methods."""
    gc.disable()  # the trees of all files are no garbage, and looking through them takes as long as the rest
    house = House(root)
    left = house.defined.keys() - house.reached()
    gc.enable()
    shown = sorted(place for place in left if (place[0], place[1].split(".")[0]) not in left - {place})
    return [(place, n_lines(house.defined[place])) for place in shown]


class House:
    """Every function, class and method of the package by its place, and what each leads to.

    A name leads to what the module defines or imports under it; an attribute of a module to what that holds;
    any other attribute to every method of that name, and so does a text. Templates may call any method.
    """

    def __init__(self, root: Path) -> None:
        package = root / "examgen"
        self.modules = {
            module_name(path.relative_to(package)): ast.parse(path.read_text("utf-8"))
            for path in sorted(package.rglob("*.py"))
        }
        self.defined: dict[Place, Definition] = {}
        self.methods: dict[str, set[Place]] = defaultdict(set)
        self.imported: dict[Place, set[Place]] = defaultdict(set)
        self.known: dict[Place, set[Place]] = {}
        page = root / "docs" / "python.md"
        self.of_python = {*re.findall(OF_PYTHON, page.read_text("utf-8"))} if page.is_file() else set()
        for module, tree in self.modules.items():
            self.read(module, tree)
        pages = [
            path.read_text("utf-8")
            for folder in (root / "templates", root / "examgen" / "site")
            for path in sorted(folder.rglob("*.html"))
        ]
        self.in_templates = {name for page in pages for name in re.findall(r"\w+", page)}
        self.called_in_templates = {name for page in pages for name in re.findall(r"\.(\w+)\(", page)}

    def read(self, module: str, tree: ast.Module) -> None:
        """Notes what the module defines at its top, and what it imports anywhere."""
        for node in ast.walk(tree):
            for alias in node.names if isinstance(node, (ast.Import, ast.ImportFrom)) else ():
                first = alias.name.split(".")[0]
                if isinstance(node, ast.ImportFrom):
                    self.imported[module, alias.asname or alias.name].add((node.module or "", alias.name))
                else:
                    self.imported[module, alias.asname or first].add(
                        (alias.name if alias.asname else first, "")
                    )
        for node in tree.body:
            if isinstance(node, DEFINITION):
                self.defined[module, node.name] = node
                for method in methods(node):
                    self.defined[module, f"{node.name}.{method.name}"] = method
                    self.methods[method.name].add((module, f"{node.name}.{method.name}"))

    def places(self, module: str, name: str) -> set[Place]:
        """What a name in a module may be, ours or not; a module itself is `(its name, "")`."""
        if (module, name) not in self.known:
            found = self.known[module, name] = {(module, name)}
            if f"{module}.{name}" in self.modules:
                found.add((f"{module}.{name}", ""))
            for other in self.imported.get((module, name), ()):
                found |= self.places(*other)
        return self.known[module, name]

    def meant(self, module: str, node: ast.AST) -> set[Place]:
        """What an expression may be, where it is a name or an attribute of modules."""
        if isinstance(node, ast.Name):
            return self.places(module, node.id)
        if isinstance(node, ast.Attribute):
            of = [place for place, name in self.meant(module, node.value) if not name]
            return {found for place in of for found in self.places(place, node.attr)}
        return set()

    def mentioned(self, module: str, *nodes: ast.AST) -> set[Place]:
        """Everything that they may lead to."""
        found: set[Place] = set()
        for node in (inner for outer in nodes for inner in ast.walk(outer)):
            if isinstance(node, (ast.Name, ast.Attribute)):
                found |= (meant := self.meant(module, node))
                # what a module of ours holds beside functions and classes may be a variable of that name
                settled = any(place in self.defined or place[0] not in self.modules for place in meant)
                if isinstance(node, ast.Attribute) and not settled:
                    found |= self.methods[node.attr]
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= self.methods.get(node.value, set()) | set(re.findall(STARTED, node.value))
                found |= {*re.findall(FOUND, node.value)}
                for place, name in re.findall(DECLARED, node.value):
                    found |= {(place, name), (f"examgen.commands.{place}", name)}
        return found & self.defined.keys()

    def reached(self) -> set[Place]:
        """What `main`, the commands, the modules' own statements, docs/python.md and `examgen.stats`
        lead to."""
        left = {("examgen.commands", "main"), *((self.of_python | self.public()) & self.defined.keys())}
        left = left.union(*(self.of_module(*module) for module in self.modules.items()))
        found: set[Place] = set()
        while left:
            place = left.pop()
            if place not in found:
                found.add(place)
                left |= self.led_to(place)
        return found

    def public(self) -> set[Place]:
        """The names of `examgen.stats`, which people call from Python."""
        text = ast.unparse(self.modules[PUBLIC]) if PUBLIC in self.modules else ""
        table = text.partition("_NAMES: dict[str, tuple[str, ...]] = ")[2].partition("\n")[0]
        names = ast.literal_eval(table) if table else {}
        return {(f"{PUBLIC}.{module}", name) for module, some in names.items() for name in some}

    def of_module(self, module: str, tree: ast.Module) -> set[Place]:
        """What its own statements mention, its `__getattr__`, and what a decorator hands to others."""
        of_others = {
            (module, node.name)
            for node in tree.body
            if isinstance(node, FUNCTION) and (node.name in ("__getattr__", "__dir__") or is_registered(node))
        }
        if module.endswith(".apps") or ".migrations." in module:  # Django finds them by their place
            of_others |= {(module, node.name) for node in tree.body if isinstance(node, DEFINITION)}
        if module.startswith("examgen.site."):  # a module of words may be given to a template
            of_others |= {
                (module, node.name)
                for node in tree.body
                if isinstance(node, FUNCTION) and node.name in self.called_in_templates
            }
        own = [node for node in tree.body if not isinstance(node, (*DEFINITION, ast.Import, ast.ImportFrom))]
        return of_others | self.mentioned(module, *own)

    def led_to(self, place: Place) -> set[Place]:
        """What a function mentions; for a class its fields, its bases and what others call of it unnamed."""
        module, node = place[0], self.defined[place]
        if not isinstance(node, ast.ClassDef):
            return self.mentioned(module, node)
        fields = [child for child in node.body if not isinstance(child, FUNCTION)]
        hooks = {(module, f"{node.name}.{f.name}") for f in methods(node) if self.is_hook(module, node, f)}
        return hooks | self.mentioned(module, *fields, *node.bases, *node.decorator_list)

    def is_hook(self, module: str, holder: ast.ClassDef, method: Function) -> bool:
        """Whether Python, a notebook, pydantic, a template or a base that is not ours calls it."""
        named = method.name.startswith(("__", "_repr_")) or method.name in self.in_templates
        if module.startswith(f"{PUBLIC}."):
            named = named or not method.name.startswith("_")
        if module.startswith("examgen.site."):  # Django calls these by their names
            named = named or method.name.startswith("clean_") or method.name in DJANGO_CALLS
        return named or is_registered(method) or self.is_of_base(module, holder, method.name)

    def is_of_base(self, module: str, holder: ast.ClassDef, method: str) -> bool:
        """Whether a class of another library, from which this one inherits, has a method of that name."""
        for place in set().union(*(self.meant(module, base) for base in holder.bases)):
            ours = self.defined.get(place)
            if place[0].split(".")[0] in FRAMEWORKS:
                return True
            if isinstance(ours, ast.ClassDef):
                found = self.is_of_base(place[0], ours, method)
            else:
                other = place[1] and place[0] not in self.modules and import_module(place[0])
                found = hasattr(getattr(other, place[1], None), method)
            if found:
                return True
        return False


def n_lines(node: Definition) -> int:
    """Its lines, with its docstring."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def is_registered(function: Function) -> bool:
    return re.search(REGISTERED, " ".join(map(ast.unparse, function.decorator_list))) is not None


def module_name(path: Path) -> str:
    """`pdf/__init__.py` → `examgen.rendering.pdf`."""
    parts = ("examgen", *path.with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def methods(node: Definition) -> list[Function]:
    own = node.body if isinstance(node, ast.ClassDef) else []
    return [child for child in own if isinstance(child, FUNCTION)]


def show_unreached(root: Path) -> None:
    found = unreached(root)
    print(*(f"{module}: {name} ({n} lines)\n" for (module, name), n in found), sep="", end="")
    print(f"{len(found)} functions and classes, {sum(n for _, n in found):,} lines, no command reaches")


if __name__ == "__main__":
    show_unreached(Path(sys.argv[1]).resolve() if sys.argv[1:] else ROOT)
