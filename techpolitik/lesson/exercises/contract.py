"""The public contract of each exercise: what `notebooks/exercises/LESSON.yml` says.

A file holds prompts, points and the shape of each answer (type, unit, digits, columns, encodings),
never an answer; `schemas/exercise.json` explains the fields. `exercises()` is the only way in, so
every other part of this package can trust what it gets.
"""

from pathlib import Path

from techpolitik import course, files


def exercises(folder: Path | None = None) -> dict[str, dict]:
    """Return every exercise by id, in the order of the lessons, with its `lesson` filled in.

    `folder` holds one file for each lesson, by default `notebooks/exercises/`. Raises `FileError`,
    with a line for each problem.
    """
    found = files.read_folder(folder or course.current().notebooks / "exercises", "exercise")
    files.refuse(problems(found))
    order = tuple(course.current().lessons).index
    return {
        entry["id"]: {"lesson": path.stem, **entry}
        for path in sorted(found, key=lambda path: order(path.stem))
        for entry in found[path]
    }


def problems(found: dict[Path, list]):
    """Yield what the schema cannot see in the exercises of all files."""
    for path in found:
        if path.stem not in tuple(course.current().lessons):
            hint = files.nearest(path.stem, tuple(course.current().lessons))
            yield f"{files.place(path)}: the file's name is not that of a lesson{hint}"
    entries = [(files.place(path), entry) for path in found for entry in found[path]]
    yield from files.repeated((entry["id"], where) for where, entry in entries)
    for where, entry in entries:
        answer = entry["answer"]
        fewest, most = answer.get("words", (0, 0))
        if fewest > most:
            words = [fewest, most]
            yield f"{where}: {entry['id']}: 'answer.words' is {words}, expected [fewest, most]"
        for column, bounds in answer.get("distinct", {}).items():
            if isinstance(bounds, list) and bounds[0] > bounds[1]:
                what = f"'answer.distinct.{column}' is {bounds}, expected [fewest, most]"
                yield f"{where}: {entry['id']}: {what}"
        if answer.get("type") == "table" and not set(answer["key"]) <= set(answer["columns"]):
            key, columns = answer["key"], ", ".join(answer["columns"])
            yield f"{where}: {entry['id']}: 'answer.key' is {key}, expected some of {columns}"
