"""Run one submission from top to bottom and report what it shows and what its answers hold.

This program runs inside the sandbox, next to code that may be hostile: nothing it says is trusted.
It reads a job (JSON) from standard input and writes one line of JSON for each event to standard
output: {"cell": 3, "outputs": [...]} when a cell has run, {"answer": "re-hhi-2025", ...} when an
answer was taken, {"end": true} at the end. Lines leave at once, so that a notebook that kills its
own process loses only what came after.

An answer leaves as plain data (a number, text, a list, a table, the specification of a chart). It
is compared elsewhere, in the grader's process: whatever code tampers with this one can give
other data, and no marks.

    python -I runner.py FOLDER...        (folders to import from)
"""

import contextlib
import io
import json
import math
import os
import resource
import signal
import sys

#: Why there is no answer yet; a later cell may still give one.
UNANSWERED = {"absent", "stub"}


def main(folders):
    """Read the job, run its cells, report each."""
    job = json.load(sys.stdin)
    report = take_standard_output()
    set_limits(job["limits"])
    # jsonschema's optional check of internationalised addresses compiles a grammar at import.
    sys.modules["rfc3987_syntax"] = None
    sys.path[:0] = folders
    shell = make_shell()
    taken = set()
    for number, source in enumerate(job["cells"]):
        outputs = run_cell(shell, source, job["limits"])
        report({"cell": number, "outputs": outputs})
        for exercise in job["exercises"]:
            if exercise["cell"] == number:
                found = take(shell, exercise, job["limits"])
                if not UNANSWERED & found.keys():
                    taken.add(exercise["id"])
                    report({"answer": exercise["id"], **found})
    for exercise in job["exercises"]:
        if exercise["id"] not in taken:
            report({"answer": exercise["id"], **take(shell, exercise, job["limits"])})
    report({"end": True})


def take_standard_output():
    """Return a function that reports events; what cells print to the terminal goes nowhere."""
    stream = os.fdopen(os.dup(1), "w", encoding="utf-8")
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)

    def report(event):
        # JSON has no NaN: whatever comes here was made plain before.
        stream.write(json.dumps(event, allow_nan=False) + "\n")
        stream.flush()

    return report


def set_limits(limits):
    """Set what this process and all it starts may use: bytes, processes, seconds of processor."""
    for name, key in (
        ("RLIMIT_DATA", "memory"),
        ("RLIMIT_FSIZE", "file"),
        ("RLIMIT_NPROC", "processes"),
        ("RLIMIT_CPU", "seconds"),
    ):
        resource.setrlimit(getattr(resource, name), (limits[key], limits[key]))
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def make_shell():
    """Return an IPython shell that keeps no history and reports errors as outputs."""
    from IPython.core.displaypub import CapturingDisplayPublisher
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    settings = Config()
    settings.HistoryManager.enabled = False
    settings.InteractiveShell.colors = "NoColor"
    shell = InteractiveShell.instance(config=settings)
    shell.display_pub = CapturingDisplayPublisher()
    shell.display_pub.clear_output = lambda wait=False: None
    shell.display_trap.hook = lambda value: show(shell, value)
    return shell


def show(shell, value):
    """Display the value of a cell's last line, as a notebook does."""
    if value is not None:
        shell.user_ns["_"] = value
        data, metadata = shell.display_formatter.format(value)
        if data:
            shell.display_pub.publish(data, metadata)


class Capped(io.StringIO):
    """Text that a cell prints, up to a limit."""

    def __init__(self, limit):
        super().__init__()
        self.left = limit

    def write(self, text):
        """Keep what still fits; say the length of all, as a stream does."""
        kept = text[: self.left]
        super().write(kept)
        self.left -= len(kept)
        if len(kept) < len(text) and kept:
            super().write("\n[cut here: the cell printed more than is kept]\n")
        return len(text)


@contextlib.contextmanager
def time_limit(seconds):
    """Raise TimeoutError in code that takes longer; again each second, should it be caught."""

    def stop(*_):
        raise TimeoutError(f"stopped after {seconds} seconds")

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def run_cell(shell, source, limits):
    """Run one cell; return what it shows as outputs of a notebook."""
    failed, most = [], limits["output"]
    shell.display_pub.outputs = []
    shell._showtraceback = lambda kind, value, lines: failed.append(
        error_output(str(kind.__name__), safe_text(value, most), [line[:most] for line in lines])
    )
    printed, warned = Capped(most), Capped(most)
    with (
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(warned),
        contextlib.suppress(TimeoutError),
        time_limit(limits["cell_seconds"]),
    ):
        try:
            shell.run_cell(source, store_history=True)
        except TimeoutError:
            raise
        except BaseException as error:
            # IPython reports all that a cell raises, unless the cell has broken IPython.
            failed.append(error_output(type(error).__name__, safe_text(error, most), []))
    shown = [displayed(item, most) for item in list(shell.display_pub.outputs)]
    texts = [*stream("stdout", printed.getvalue()), *stream("stderr", warned.getvalue())]
    return [*texts, *shown, *failed]


def error_output(name, value, lines):
    """Return an error as an output of a notebook."""
    return {"output_type": "error", "ename": name, "evalue": value, "traceback": lines}


def safe_text(value, limit):
    """Return an object as text, whatever its own code does when it is asked for it."""
    try:
        return str.__getitem__(str(value), slice(limit))
    except BaseException as error:
        return f"(its text cannot be read: {type(error).__name__})"


def stream(name, text):
    """Return printed text as a list of outputs: one, or none."""
    return [{"output_type": "stream", "name": name, "text": text}] if text else []


def displayed(item, limit):
    """Return what a cell displayed as plain text, the one form that is kept."""
    data = item["data"] if isinstance(item, dict) and isinstance(item.get("data"), dict) else {}
    kept = {"text/plain": safe_text(data["text/plain"], limit)} if "text/plain" in data else {}
    return {"output_type": "display_data", "data": kept, "metadata": {}}


def take(shell, exercise, limits):
    """Return an answer as {"plain": data}, or why there is none: absent, stub, unreadable."""
    from techpolitik.lesson.exercises import Unreadable, is_stub, read_answer

    try:
        with time_limit(limits["cell_seconds"]):
            if exercise["answer_name"] not in shell.user_ns:
                return {"absent": True}
            value = shell.user_ns[exercise["answer_name"]]
            if is_stub(value):
                return {"stub": True}
            # An empty cell of a table may stand in a chart as NaN, which is null in JSON.
            plain = without_nan(read_answer(exercise, value))
            size = len(json.dumps(plain, allow_nan=False))
    except Unreadable as error:
        return {"unreadable": safe_text(error, limits["output"])}
    except BaseException as error:
        # Reading runs code of the student's own object, which can raise anything, or end the
        # program; the report names it.
        return {"unreadable": f"Reading the answer failed with {type(error).__name__}."}
    if size > limits["answer"]:
        return {"unreadable": f"The answer is too large to be marked ({size:,} characters)."}
    return {"plain": plain}


def without_nan(plain):
    """Return plain data with None in place of numbers that JSON does not have."""
    if isinstance(plain, float) and not math.isfinite(plain):
        return None
    if isinstance(plain, dict):
        return {key: without_nan(value) for key, value in plain.items()}
    return [without_nan(value) for value in plain] if isinstance(plain, list) else plain


if __name__ == "__main__":
    main(sys.argv[1:])
