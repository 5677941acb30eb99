"""Which code of a lesson is folded: one rule for the page and the notebook.

Read from the code itself, so that no cell is marked by hand. What draws, describes or loads is
folded; what teaches (steps of pandas, short models) stays open. Where the rule is wrong, the tag
`show-input` keeps a cell open.
"""

import ast
from dataclasses import dataclass

#: So many lines of a silent cell stay open, and of all silent cells before a slider.
MOST_LINES = 12
OPEN_TAG = "show-input"
#: Names that only code of charts uses.
CHARTS = {"alt", "colours", "named", "note"}
FIGURES = {"figure", "explore"}
#: Calls that show a card, which says itself what it is.
CARDS = {"about", "claim", "dossier", "quiz"}
SILENT = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.FunctionDef)
COMPUTES = (ast.Call, ast.Subscript, ast.BinOp, ast.FunctionDef)


@dataclass(frozen=True)
class Fold:
    """Why a cell is folded, its lines of code, and the id of the cell whose figure it works for.

    `kind` is "figure" (shows one), "chart" (makes or words one), "model", "steps" (many, and
    nothing to see), "tools" (imports), "card" (shows one) or "answer" (to an exercise).
    """

    kind: str
    lines: int
    figure: str | None


def folds(cells) -> dict[str, Fold]:
    """Return what is folded of a notebook, by the ids of its cells."""
    code = {cell["id"]: parsed(source(cell)) for cell in cells if cell["cell_type"] == "code"}
    models, drawers = explored(code.values())
    kept = {cell["id"] for cell in cells if OPEN_TAG in cell["metadata"].get("tags", [])}
    found, figure, room = {}, None, MOST_LINES
    for cell in reversed(cells):
        if cell["cell_type"] != "code":
            # What stands above a heading does not lead to the slider below it.
            room = MOST_LINES if source(cell).startswith("#") else room
            continue
        kind, lines = kind_of(code[cell["id"]], models, drawers), len(source(cell).splitlines())
        figure = cell["id"] if kind == "figure" else figure
        teaches = kind == "open" or (kind in ("model", "steps") and lines <= room)
        stays = teaches or cell["id"] in kept
        if not stays:
            found[cell["id"]] = Fold(kind, lines, figure)
        if kind in ("figure", "open"):
            room = MOST_LINES
        elif stays:
            room -= lines
    return found


def hide_what_draws(cells) -> None:
    """Mark as hidden, in a notebook to run, what only draws; JupyterLab shows it with one click."""
    folded = folds(cells)
    for cell in cells:
        if cell["id"] in folded and folded[cell["id"]].kind in ("figure", "chart"):
            cell["metadata"].setdefault("jupyter", {})["source_hidden"] = True


def source(cell) -> str:
    """Return the text of a cell, which a file may hold in lines."""
    return "".join(cell["source"])


def parsed(code: str) -> ast.Module:
    """Return the code of a cell as a tree; that of one with commands of IPython says nothing."""
    try:
        return ast.parse(code)
    except SyntaxError:
        return ast.parse("pass")


def explored(trees) -> tuple[set[str], set[str]]:
    """Return the names of the functions that explorations use: models, and what draws and words."""
    models, drawers = set(), set()
    for tree in trees:
        for call in calls(tree):
            if call.func.id == "explore":
                names = [one.id for one in call.args if isinstance(one, ast.Name)]
                models |= {*names[:1]}
                worded = [k.value.id for k in call.keywords if k.arg == "finding"]
                drawers |= {*names[1:], *worded}
    return models, drawers


def calls(tree) -> list[ast.Call]:
    """Return the calls of named functions that are statements of a cell."""
    values = [line.value for line in tree.body if isinstance(line, ast.Expr)]
    return [v for v in values if isinstance(v, ast.Call) and isinstance(v.func, ast.Name)]


def kind_of(tree, models: set[str], drawers: set[str]) -> str:
    """Say what a cell does: a kind of `Fold`, or "open" for one that computes and shows."""
    body, called = tree.body, {call.func.id for call in calls(tree)}
    if any(isinstance(line, ast.Import | ast.ImportFrom) for line in body):
        return "tools"
    if "check" in called:
        return "answer"
    if called & FIGURES:
        return "figure"
    if called & CARDS and len(body) == 1:
        return "card"
    if not all(isinstance(line, SILENT) for line in body):
        return "open"
    inside = list(ast.walk(tree))
    defined = {line.name for line in body if isinstance(line, ast.FunctionDef)}
    draws = any(isinstance(node, ast.Name) and node.id in CHARTS for node in inside)
    if defined & drawers or draws or not any(isinstance(node, COMPUTES) for node in inside):
        return "chart"
    return "model" if defined & models else "steps"
