"""Lessons in a live kernel: the memory they take, and how soon a chart follows its slider."""

import time

from bench.shared import MOVES, PROJECT, lessons, row, spread

from frontend import Lesson, run_live  # isort: skip

MEGABYTES = 250
ANSWER_MS = 150
BARE = "import pandas, altair, ipywidgets"


def rows() -> list[dict]:
    """Run each lesson as a student does; weigh its kernel, then move its sliders."""
    print(f"kernel: {BARE}", flush=True)
    bare = bare_kernel()
    memory, times = [row(f"kernel after {BARE}", "MB", bare)], []
    for path in lessons():
        print(f"kernel: {path.stem}", flush=True)
        lesson = run_live(path)
        try:
            if lesson.errors:
                raise RuntimeError(f"{path.stem}: {lesson.errors}")
            at_end = f"kernel at the end of {path.stem}"
            memory.append(row(at_end, "MB", lesson.megabytes, MEGABYTES))
            memory.append(row(f"{at_end}, to bare imports", "MB", lesson.megabytes, peer=bare))
            what = f"slider to display through a kernel, {path.stem}"
            times += spread(what, answers(lesson), ANSWER_MS)
        finally:
            lesson.close()
    return memory + times


def bare_kernel() -> float:
    """Give the memory in MB of a kernel that has imported the three packages and done nothing."""
    lesson = Lesson(PROJECT / "notebooks" / "none.ipynb")
    try:
        lesson.run(BARE)
        return lesson.resident()
    finally:
        lesson.close()


def answers(lesson: Lesson) -> list[float]:
    """Move each slider and menu there and back; give the ms from sending a value to its display."""
    times = []
    for key, state in list(lesson.widgets.items()):
        if state.get("_model_name") not in ("SelectionSliderModel", "DropdownModel"):
            continue
        last = len(state["_options_labels"]) - 1
        lesson.move(key, 1)
        lesson.move(key, 0)
        for number in range(MOVES):
            place = number % (2 * last) + 1
            begin = time.perf_counter()
            message = lesson.send(key, place if place <= last else 2 * last - place)
            for kind, _ in lesson.answers(message):
                if kind == "display_data":
                    times.append(1000 * (time.perf_counter() - begin))
    if not times:
        raise RuntimeError("no slider or menu of the lesson was answered with a display")
    return times
