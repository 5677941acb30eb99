"""Code in its place: what only draws or describes stands behind one line that says what it does.

Which cells those are says `techpolitik.folding`. Neighbours that work for one figure share a line.
`static/code.js` adds the control that shows all code.
"""

from pathlib import Path

from docutils import nodes

from techpolitik import course, files, folding
from techpolitik.book.pages.parts import raw

#: What a folded line says; {figure} is the number of the figure, as it stands in a sentence.
WORDS = {
    "figure": "Draws {figure}",
    "chart": "Prepares {figure}",
    "model": "The model behind {figure}",
    "steps": "Prepares the data of {figure}",
    "tools": "Loads the tools",
    "card": "Shows what follows",
    "answer": "Your answer, in the notebook",
}
#: What can share a line with the next cell.
SHARES = {"figure", "chart", "model", "steps"}


def setup(app):
    """Fold the code of lessons as they are read."""
    # After the outputs have been read, which know the numbers of their figures.
    app.connect("doctree-read", fold_code, priority=600)


def fold_code(app, doctree):
    """Put the code of a lesson that only draws or describes behind lines that unfold."""
    docname = app.env.docname
    if not course.current().lesson_of(docname):
        return
    cells = files.read_json(Path(app.env.doc2path(docname)))["cells"]
    figures = app.env.metadata[docname].get("tp_figures", [])
    numbers = {figure["cell"]: figure["number"] for figure in figures}
    for group in groups(doctree, cells):
        fold(group, numbers)


def groups(doctree, cells):
    """Yield what shares a line, as lists of cells of the page, each with its `Fold`."""
    folds, group = folding.folds(cells), []
    for node in list(doctree.findall(is_code_cell)):
        found = folds.get(cells[node["cell_index"]]["id"])
        if group and not (found and shared(*group[-1], node, found)):
            yield group
            group = []
        group += [(node, found)] if found else []
    if group:
        yield group


def shared(one, its_fold, other, other_fold) -> bool:
    """Whether two cells share a line: neighbours for figures, with no output between them."""
    kinds, place = {its_fold.kind, other_fold.kind}, one.parent.index(one)
    neighbours = one.parent is other.parent and one.parent.index(other) == place + 1
    return kinds <= SHARES and neighbours and len(one.children) == 1


def fold(group, numbers: dict[str, str]):
    """Gather the code of a group in its last cell, behind a line that says what that does."""
    kind, figure = group[-1][1].kind, group[-1][1].figure
    number = numbers.get(figure, "Figure")
    does = WORDS[kind].format(figure=number.lower() if number != "Figure" else "the figure")
    lines = sum(found.lines for _, found in group)
    line = f"{does}: {lines} line{'s' if lines > 1 else ''} of code"
    sources = [node.children[0] for node, _ in group]
    blocks = [block for source in sources for block in source.children]
    for node, _ in group[:-1]:
        node.children.clear()
    begin = f'<details class="tp-code tp-code-{kind}"><summary>{line}</summary>'
    sources[-1].children = []
    sources[-1] += [raw(begin), *blocks, raw("</details>")]


def is_code_cell(node) -> bool:
    """Whether a node of the page is a cell of code."""
    return isinstance(node, nodes.container) and node.get("nb_element") == "cell_code"
