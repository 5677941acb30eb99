"""Write the solutions of `instructor/` as code and text that stand in a notebook.

The solution of a data or chart exercise is a function that calls others of its module. In a
notebook all of them go into one function `solution`, so that no helper takes the name of a variable
of the lesson.
"""

import ast
import re
import textwrap
from pathlib import Path

from techpolitik.files import FileError, one_line, place, read_text, read_yaml
from techpolitik.lesson.exercises import sealing


def rubrics(lesson: str) -> dict[str, dict]:
    """Return the rubrics of a lesson by exercise id: `criteria` and `strong` answers."""
    return read_yaml(private(f"rubrics/{lesson}.yml"), "rubric")


def private(name: str) -> Path:
    """Return a file of the private folder; `FileError` if this copy of the course has none."""
    path = sealing.instructor() / name
    if not path.is_file():
        raise FileError(
            f"{path} does not exist. Without solutions only `--only student` can be made; set "
            "TECHPOLITIK_INSTRUCTOR if they are in another folder."
        )
    return path


def solved(exercise: dict, imported: set[str]) -> str:
    """Return the code that answers an exercise.

    Parameters
    ----------
    exercise : dict
        An entry of the contract with its `lesson`.
    imported : set of str
        Names that the notebook imports already, which need not be imported again.

    """
    name, variable = exercise["id"], exercise["answer_name"]
    if exercise["kind"] == "argument":
        strong = rubrics(exercise["lesson"])[name]["strong"][0]
        text = textwrap.fill(one_line(strong["text"]), 88)
        return (
            "# One strong answer among several; another is below, with the rubric.\n"
            f'# It says: {one_line(strong["side"])}.\n{variable} = """\n{text}\n"""'
        )
    path = private(f"exercises/{exercise['lesson']}.py")
    return f"{function(path, name, imported)}\n\n\n{variable} = solution()"


def rubric(exercise: dict) -> str:
    """Return the rubric of an argument as it stands below its first strong answer."""
    return rubric_table(rubrics(exercise["lesson"])[exercise["id"]], strong_from=1)


def rubric_table(rubric: dict, strong_from: int = 0) -> str:
    """Return a rubric as Markdown: a table, then the strong answers from a number on."""
    lines = ["**Rubric**", "", "| Criterion | Points | What earns them |", "|---|---|---|"]
    for criterion in rubric["criteria"]:
        for level in criterion["levels"]:
            cells = criterion["name"], level["points"], one_line(level["text"])
            lines.append("| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |")
    for strong in rubric["strong"][strong_from:]:
        word = "Another" if strong_from else "A"
        lines += ["", f"**{word} strong answer ({one_line(strong['side'])})**", ""]
        lines += [f"> {one_line(strong['text'])}"]
    return "\n".join(lines)


def function(path: Path, name: str, imported: set[str]) -> str:
    """Return the solution of one exercise and all it calls as a single function `solution`."""
    code = read_text(path)
    try:
        tree = ast.parse(code)
    except SyntaxError as error:
        raise FileError(f"{place(path)}, line {error.lineno}: {error.msg}") from error
    lines, known = code.splitlines(), definitions(tree)
    answer = solution_of(tree, name, path)
    main = known.get(answer.id) if isinstance(answer, ast.Name) else None
    if main and ast.unparse(main.args):
        # It has parameters with defaults, so it is called as one of the helpers.
        answer, main = ast.parse(f"lambda: {main.name}()", mode="eval").body, None
    parts, needed = [], with_helpers(main or answer, known, {id(main)} if main else set())
    for node in needed:
        if isinstance(node, ast.Import | ast.ImportFrom):
            node.names = [alias for alias in node.names if bound(alias) not in imported]
            parts += [ast.unparse(node)] if node.names else []
        else:
            parts.append(segment(lines, node))
    inner = "\n\n".join(parts)
    if main:
        heading, rest = body(lines, main)
    else:
        heading, rest = "", f"return {ast.unparse(answer.body)}"
    pieces = [heading, inner, rest]
    return "def solution():\n" + textwrap.indent("\n\n".join(p for p in pieces if p), "    ")


def solution_of(tree: ast.Module, name: str, path: Path) -> ast.expr:
    """Return what stands as "solution" of an exercise in EXERCISES."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "EXERCISES":
            for key, entry in zip(node.value.keys, node.value.values, strict=True):
                if key.value == name:
                    pairs = zip(entry.keys, entry.values, strict=True)
                    fields = {field.value: value for field, value in pairs}
                    if isinstance(fields.get("solution"), ast.Name | ast.Lambda):
                        return fields["solution"]
    raise FileError(f"{path.name}: EXERCISES has no solution of {name!r} (a function or lambda)")


def definitions(tree: ast.Module) -> dict[str, ast.stmt]:
    """Return what a module defines by name: functions, constants and imports."""
    found = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = node
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {bound(alias): node for alias in node.names}
        elif isinstance(node, ast.Assign):
            names = [n.id for target in node.targets for n in ast.walk(target) if is_name(n)]
            found |= dict.fromkeys(names, node)
    return found


def imported_names(code: str) -> set[str]:
    """Return the names that code imports."""
    imports = [n for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Import | ast.ImportFrom)]
    return {bound(alias) for node in imports for alias in node.names}


def bound(alias: ast.alias) -> str:
    """Return the name that an import gives."""
    return alias.asname or alias.name.split(".")[0]


def is_name(node) -> bool:
    """Tell whether a node is a name."""
    return isinstance(node, ast.Name)


def with_helpers(first: ast.AST, known: dict, seen: set[int]) -> list[ast.stmt]:
    """Return all definitions that `first` needs, directly or not, in the order of the module."""
    found, waiting = {}, [first]
    while waiting:
        for name in used(waiting.pop()):
            node = known.get(name)
            if node is not None and id(node) not in seen:
                seen.add(id(node))
                found[node.lineno] = node
                waiting.append(node)
    return [found[line] for line in sorted(found)]


def used(node: ast.AST) -> set[str]:
    """Return the names that code uses, those in the expressions of pandas (`@name`) included."""
    inner = list(ast.walk(node))
    names = {n.id for n in inner if is_name(n)}
    texts = [n.value for n in inner if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return names | {name for text in texts for name in re.findall(r"@(\w+)", text)}


def segment(lines: list[str], node: ast.stmt) -> str:
    """Return the source of a definition."""
    return "\n".join(lines[node.lineno - 1 : node.end_lineno])


def body(lines: list[str], node: ast.FunctionDef) -> tuple[str, str]:
    """Return the docstring and the rest of a function, without the indentation."""
    described = ast.get_docstring(node) is not None
    heading = textwrap.dedent(segment(lines, node.body[0])) if described else ""
    start = node.body[0].end_lineno + 1 if described else node.body[0].lineno
    rest = textwrap.dedent("\n".join(lines[start - 1 : node.end_lineno]))
    return heading, rest.strip("\n")
