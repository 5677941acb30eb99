"""The seeds: what the course quotes from its five documents and what it claims they got right.

One YAML file per document in `seeds/` holds the bibliographic record, the excerpts that lessons
print and the claims that readers test. The documents are copyrighted and stay outside the
repository; `verify` holds every quotation against them where they can be found.
"""

import hashlib
import html
import re
from difflib import SequenceMatcher, get_close_matches
from functools import cache
from pathlib import Path

import pandas as pd
import yaml

from techpolitik import datasets
from techpolitik.cards import Card

LESSONS = (
    "the_stack",
    "rare_earths",
    "standards",
    "digital_silk_road",
    "bsn",
    "huawei_5g",
    "surveillance",
    "forecasts",
)
KINDS = ("figure", "date", "person", "causal", "forecast")
VERDICTS = ("supported", "imprecise", "contradicted", "unverifiable", "open")
CONFIDENCES = ("high", "medium", "low")
UNDECIDED = ("unverifiable", "open")

EXCERPT_WORDS = 80
SHARE = 0.15

# What a slip in an expression makes pandas raise.
_SLIPS = (
    SyntaxError,
    TypeError,
    ValueError,
    LookupError,
    AttributeError,
    NotImplementedError,
)

# One entry per field: its type, or the values it may take. A leading "?" marks a field that may be
# null; fields of claims and excerpts that point elsewhere are resolved in `_resolve`.
_DOCUMENT = {
    "id": str,
    "document": str,
    "sha256": str,
    "words": int,
    "title": str,
    "kind": str,
    "authors": [str],
    "publisher": str,
    "published": str,
    "?url": str,
    "stance": [str],
    "how_it_reached_us": str,
    "licence": str,
    "pieces": [dict],
    "excerpts": [dict],
    "claims": [dict],
}
_PIECE = {"id": str, "title": str, "date": str, "authors": [str], "paragraphs": [int]}
_EXCERPT = {
    "id": str,
    "piece": str,
    "lessons": [LESSONS],
    "paragraph": int,
    "speaker": str,
    "text": str,
    "question": str,
}
_CLAIM = {
    "id": str,
    "lesson": LESSONS,
    "piece": str,
    "paragraph": int,
    "?excerpt": str,
    "quote": str,
    "statement": str,
    "speaker": str,
    "kind": KINDS,
    "check": dict,
    "verdict": VERDICTS,
    "confidence": CONFIDENCES,
    "explanation": str,
    "?since": str,
}
_CHECKS = {
    "computed": {
        "form": str,
        "table": str,
        "rows": str,
        "value": str,
        "unit": str,
        "says": str,
        "supported": [(int, float)],
        "imprecise": [(int, float)],
        "because": str,
    },
    "rows": {"form": str, "table": str, "rows": str, "because": str},
    "passage": {"form": str, "paragraph": int, "passage": str, "because": str},
    "none": {"form": str, "because": str},
}


class SeedError(ValueError):
    """A seed file breaks its form, or a check does not fit the data; the message says where."""


# ---------------------------------------------------------------------------- reading


def documents(folder=None):
    """Return the documents the course quotes, in the order of their file names.

    Parameters
    ----------
    folder : Path, optional
        Where the YAML files are; by default `seeds/` of this project.

    Returns
    -------
    list of dict
        One record per document with its `pieces`, `excerpts` and `claims`. `file` is the name of
        the YAML file, for messages.

    Raises
    ------
    SeedError
        When a file breaks its form. The message names file, entry, field and what was expected.

    """
    folder = Path(folder) if folder else datasets.ROOT / "seeds"
    paths = sorted(folder.glob("*.yml"))
    if not paths:
        raise SeedError(f"{folder}: no seed file (*.yml) is here")
    found = [_read(path, path.stat().st_mtime_ns) for path in paths]
    _resolve(found)
    return found


def excerpts(folder=None):
    """Return all excerpts as a dict by id; each also knows its `document` and `file`."""
    return _by_id("excerpts", folder)


def claims(folder=None):
    """Return all claims as a dict by id; each also knows its `document` and `file`."""
    return _by_id("claims", folder)


def lesson_claims(lesson, folder=None):
    """Return the claims of one lesson as a list, in the order of the ledger.

    Raises
    ------
    LookupError
        When no lesson has this id; the message lists the nearest ones.

    """
    if lesson not in LESSONS:
        raise LookupError(f"no lesson has the id {lesson!r}{_nearest(lesson, LESSONS)}")
    return [entry for entry in claims(folder).values() if entry["lesson"] == lesson]


def _by_id(part, folder):
    """Collect the entries of one part (`excerpts` or `claims`) over all documents."""
    return {
        entry["id"]: {**entry, "document": document["id"], "file": document["file"]}
        for document in documents(folder)
        for entry in document[part]
    }


@cache
def _read(path, _changed):
    """Read and check one file; `_changed` makes the cache notice that it was edited."""
    where = f"seeds/{path.name}"
    try:
        record = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise SeedError(f"{where}: not readable as YAML: {error}") from error
    _check_fields(record, _DOCUMENT, where)
    for part, form in (("pieces", _PIECE), ("excerpts", _EXCERPT), ("claims", _CLAIM)):
        for position, entry in enumerate(record[part], 1):
            name = entry.get("id") if isinstance(entry, dict) else None
            spot = f"{where}: {part[:-1]} {name or f'number {position}'}"
            _check_fields(entry, form, spot)
            if part == "claims":
                _check_check(entry, spot)
            if part == "pieces":
                _check_range(entry["paragraphs"], f"{spot}: field 'paragraphs'", "first, last")
    return {**record, "file": path.name}


def _check_fields(entry, form, where):
    """Raise `SeedError` when an entry lacks a field, has an unknown one, or one of a wrong type."""
    if not isinstance(entry, dict):
        raise SeedError(f"{where}: expected fields and values, found {_shown(entry)}")
    fields = {field.lstrip("?"): (field[0] == "?", kind) for field, kind in form.items()}
    for field in entry:
        if field not in fields:
            raise SeedError(f"{where}: unknown field {field!r}{_nearest(field, fields)}")
    for field, (nullable, kind) in fields.items():
        if field not in entry:
            hint = " (write null if there is none)" if nullable else ""
            raise SeedError(f"{where}: field {field!r} is missing{hint}")
        value = entry[field]
        if not (nullable and value is None) and not _fits(value, kind):
            raise SeedError(
                f"{where}: field {field!r} is {_shown(value)}, expected {_expected(kind)}"
                f"{_nearest(value, kind)}"
            )


def _check_check(claim, where):
    """Raise `SeedError` when the check of a claim is incomplete or cannot carry its verdict."""
    check = claim["check"]
    form = check.get("form")
    if form not in _CHECKS:
        raise SeedError(
            f"{where}: field 'check.form' is {_shown(form)}, expected {_expected(tuple(_CHECKS))}"
            f"{_nearest(form, tuple(_CHECKS))}"
        )
    _check_fields(check, _CHECKS[form], f"{where}: check")
    if form == "none" and claim["verdict"] not in UNDECIDED:
        raise SeedError(
            f"{where}: the check has form 'none', so field 'verdict' must be unverifiable or open, "
            f"found {claim['verdict']!r}"
        )
    for field in ("supported", "imprecise"):
        if field in check:
            _check_range(check[field], f"{where}: field 'check.{field}'", "low, high")
    for field in ("rows", "value"):
        # An expression has no business with Python's variables or inner names.
        if re.search(r"@|__", check.get(field, "")):
            raise SeedError(f"{where}: field 'check.{field}' may not contain '@' or '__'")


def _check_range(bounds, where, names):
    """Raise `SeedError` unless a list holds two numbers in rising order."""
    if len(bounds) != 2 or bounds[0] > bounds[1]:
        raise SeedError(f"{where} is {_shown(bounds)}, expected [{names}]")


def _resolve(found):
    """Raise `SeedError` when ids repeat across files or an entry points to something absent."""
    seen = {}
    for document in found:
        where = f"seeds/{document['file']}"
        for entry in [document, *document["pieces"], *document["excerpts"], *document["claims"]]:
            if entry["id"] in seen:
                raise SeedError(f"{where}: the id {entry['id']!r} is also in {seen[entry['id']]}")
            seen[entry["id"]] = where
        pieces = {piece["id"]: piece for piece in document["pieces"]}
        quoted = {excerpt["id"]: excerpt for excerpt in document["excerpts"]}
        for entry in [*document["excerpts"], *document["claims"]]:
            _resolve_entry(entry, pieces, quoted, f"{where}: {entry['id']}")


def _resolve_entry(entry, pieces, quoted, where):
    """Check that an excerpt or claim points to a piece, a paragraph of it and an excerpt."""
    if entry["piece"] not in pieces:
        raise SeedError(
            f"{where}: field 'piece' is {entry['piece']!r}, which this document does not have"
            f"{_nearest(entry['piece'], pieces)}"
        )
    first, last = pieces[entry["piece"]]["paragraphs"]
    if not first <= entry["paragraph"] <= last:
        raise SeedError(
            f"{where}: field 'paragraph' is {entry['paragraph']}, but {entry['piece']} runs from "
            f"{first} to {last}"
        )
    excerpt = entry.get("excerpt")
    if excerpt is None:
        return
    if excerpt not in quoted:
        raise SeedError(
            f"{where}: field 'excerpt' is {excerpt!r}, which this document does not have"
            f"{_nearest(excerpt, quoted)}"
        )
    if _plain(entry["quote"]) not in _plain(quoted[excerpt]["text"]):
        raise SeedError(f"{where}: field 'quote' does not stand in the excerpt {excerpt!r}")


def _fits(value, kind):
    """Tell whether a value has a type, is one of some values, or is a list of such."""
    if isinstance(kind, list):
        return isinstance(value, list) and all(_fits(item, kind[0]) for item in value)
    if isinstance(kind, tuple) and isinstance(kind[0], str):
        return isinstance(value, str) and value in kind
    # In Python True is an int; here a yes or no where a number belongs is a mistake.
    return isinstance(value, kind) and not isinstance(value, bool) and value != ""


def _expected(kind):
    """Name what a field should hold, for a message."""
    if isinstance(kind, list):
        return f"a list, each item {_expected(kind[0])}"
    if isinstance(kind, tuple) and isinstance(kind[0], str):
        return "one of " + ", ".join(kind)
    names = {str: "text (in quotes if it looks like a number or date)", int: "a whole number"}
    return names.get(kind, "fields and values" if kind is dict else "a number")


def _shown(value):
    return repr(value) if len(repr(value)) < 60 else repr(value)[:57] + "..."


def _nearest(word, known):
    """Return a hint with the known words that look most like `word`, or nothing."""
    if isinstance(known, list):
        known = known[0]
    if isinstance(known, type) or not all(isinstance(item, str) for item in known):
        return ""
    near = get_close_matches(str(word), [str(item) for item in known], n=3, cutoff=0.4)
    return f"; did you mean {' or '.join(near)}" if near else ""


# ---------------------------------------------------------------------------- verdicts


def evidence(claim):
    """Return the table rows that a claim is checked with.

    Parameters
    ----------
    claim : dict or str
        A claim, or its id.

    Returns
    -------
    DataFrame or None
        None when the claim is checked without a table.

    Raises
    ------
    LookupError
        When the table, or a column the check names, does not exist.
    SeedError
        When the rows cannot be selected, or none are left.

    """
    claim = _claim(claim)
    check = claim["check"]
    if "table" not in check:
        return None
    where = _place(claim)
    try:
        table = datasets.load(check["table"])
    except LookupError as error:
        raise LookupError(f"{where}: check.table: {error}") from error
    rows = _evaluate(table.query, check["rows"], table, f"{where}: check.rows")
    if rows.empty:
        raise SeedError(f"{where}: check.rows selects no row of {check['table']}: {check['rows']}")
    return rows


def recompute(claim):
    """Work out the verdict on a claim again, from the data as they are now.

    Parameters
    ----------
    claim : dict or str
        A claim, or its id.

    Returns
    -------
    (str, float or None)
        The verdict and the measured value, in the unit `check.unit`. Where the verdict rests on
        reasoning (rows, a passage, or nothing) the stored verdict comes back, with None.

    Raises
    ------
    LookupError, SeedError
        As in `evidence`, and when the expression does not give one number.

    """
    claim = _claim(claim)
    check = claim["check"]
    rows = evidence(claim)
    if check["form"] != "computed":
        return claim["verdict"], None
    where = f"{_place(claim)}: check.value"
    result = _evaluate(rows.eval, check["value"], rows, where)
    try:
        value = float(result)
    except (TypeError, ValueError) as error:
        raise SeedError(
            f"{where} gives {type(result).__name__}, expected one number: {check['value']}"
        ) from error
    if pd.isna(value):
        raise SeedError(f"{where} gives no number (a blank): {check['value']}")
    for verdict in ("supported", "imprecise"):
        low, high = check[verdict]
        if low <= value <= high:
            return verdict, value
    return "contradicted", value


def outdated(folder=None):
    """List the claims whose stored verdict the data no longer give.

    Returns
    -------
    list of str
        One line per claim, with the measured value; empty when all verdicts hold.

    """
    problems = []
    for entry in claims(folder).values():
        verdict, value = recompute(entry)
        if verdict != entry["verdict"]:
            problems.append(
                f"{_place(entry)}: field 'verdict' is {entry['verdict']!r}, but the data give "
                f"{verdict!r} ({number(value)} {entry['check']['unit']})"
            )
    return problems


def _evaluate(method, expression, table, where):
    """Run a pandas expression; a wrong column or a slip in it is explained."""
    text = " ".join(expression.split())
    try:
        return method(text, engine="python")
    except pd.errors.UndefinedVariableError as error:
        name = str(error).split("'")[1]
        columns = tuple(table.columns)
        raise LookupError(
            f"{where} names the column {name!r}, which the table does not have"
            f"{_nearest(name, columns)}. Columns: {', '.join(columns)}"
        ) from error
    except _SLIPS as error:
        raise SeedError(f"{where} cannot be evaluated ({error}): {text}") from error


def _claim(claim):
    """Return the claim itself when its id was given."""
    if isinstance(claim, dict):
        return claim
    known = claims()
    if claim not in known:
        near = get_close_matches(str(claim), known, n=3, cutoff=0.3)
        hint = f" Nearest: {', '.join(near)}." if near else ""
        raise LookupError(f"no claim has the id {claim!r}.{hint}")
    return known[claim]


def _place(claim):
    return f"seeds/{claim.get('file', '?')}: claim {claim['id']}"


# ---------------------------------------------------------------------------- cards


def claim(claim_id):
    """Show a claim: the words, who wrote them and where, and the ledger's verdict, folded away.

    Parameters
    ----------
    claim_id : str
        The id of a claim, such as "RC04".

    Returns
    -------
    Card
        HTML with the verdict inside a closed `<details>`, and a plain text.

    Raises
    ------
    LookupError
        When no claim has this id; the message lists the nearest ones.

    """
    entry = _claim(claim_id)
    document, piece = _origin(entry)
    verdict, value = recompute(entry)
    attribution = _attribution(entry, document, piece)
    lines = _verdict_lines(entry, verdict, value)
    folded = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
    # The verdict is the one word to find at a glance.
    word = verdict.capitalize()
    folded = folded.replace(word, f"<strong>{word}</strong>", 1)
    markup = (
        '<div class="tp-claim">'
        f'<blockquote class="tp-quote"><p>“{html.escape(_plain(entry["quote"]))}”</p></blockquote>'
        f'<p class="tp-attribution">{html.escape(attribution)}</p>'
        f'<p class="tp-statement">{html.escape(_plain(entry["statement"]))} '
        f'<span class="tp-kind">Kind of claim: {entry["kind"]}.</span></p>'
        '<details class="tp-verdict"><summary>Show the ledger\'s verdict</summary>'
        f"{folded}</details></div>"
    )
    text = "\n".join(
        [
            f"{entry['id']}: “{_plain(entry['quote'])}”",
            attribution,
            f"{_plain(entry['statement'])} Kind of claim: {entry['kind']}.",
            "",
            "The ledger's verdict",
            *lines,
        ]
    )
    return Card(markup, text)


def _origin(entry):
    """Return the document and the piece that an entry was taken from."""
    for document in documents():
        for piece in document["pieces"]:
            if piece["id"] == entry["piece"]:
                return document, piece
    raise LookupError(f"{entry['id']}: no document has the piece {entry['piece']!r}")


def _attribution(entry, document, piece):
    """Say in one line who made the statement, in which piece, where and when."""
    publisher = document["publisher"]
    by = "" if publisher == entry["speaker"] else f"{publisher}, "
    return f"{entry['speaker']}, “{_plain(piece['title'])}”, {by}{piece['date']}"


def _verdict_lines(entry, verdict, value):
    """Return verdict, measurement, explanation, sequel and evidence as lines of plain text."""
    check = entry["check"]
    lines = [f"{verdict.capitalize()} (confidence: {entry['confidence']})."]
    if value is not None:
        lines.append(f"Measured: {number(value)} {check['unit']}. Claimed: {check['says']}.")
    lines.append(_plain(entry["explanation"]))
    if entry["since"]:
        lines.append(f"Since then: {_plain(entry['since'])}")
    lines.append(f"How it was decided: {_plain(check['because'])}")
    if "table" in check:
        lines.append(f"Evidence: table {check['table']}, rows where {_plain(check['rows'])}.")
    if "passage" in check:
        lines.append(f"Evidence in the same document: “{_plain(check['passage']).rstrip('.')}”.")
    return lines


def number(value):
    """Write a number for a reader: at most one decimal, a true minus sign, commas in thousands."""
    rounded = round(value, 1)
    text = f"{rounded:,.0f}" if rounded == int(rounded) else f"{rounded:,.1f}"
    return text.replace("-", "−")


# ---------------------------------------------------------------------------- quotations


def share(document):
    """Return which part of a document's words the course quotes, from 0 to 1.

    Excerpts count, and so do quotes of claims and passages of checks that stand in no excerpt.

    Parameters
    ----------
    document : dict
        One record of `documents()`.

    """
    words = sum(len(text.split()) for text in _borrowed(document))
    return words / document["words"]


def _borrowed(document):
    """Return every piece of text taken from a document, without those inside a longer one."""
    texts = [_plain(excerpt["text"]) for excerpt in document["excerpts"]]
    others = [_plain(entry["quote"]) for entry in document["claims"]]
    others += [_plain(e["check"]["passage"]) for e in document["claims"] if "passage" in e["check"]]
    for text in sorted(others, key=len, reverse=True):
        if not any(text in longer for longer in texts):
            texts.append(text)
    return texts


def verify(directory, folder=None):
    """Hold every quotation against the documents.

    Checked are the hash and word count of each document, that each excerpt, quote and passage
    stands word for word in the paragraph it names, that no excerpt is longer than 80 words, and
    that at most 15 percent of a document is quoted. Line breaks and spaces do not matter;
    quotation marks and dashes do.

    Parameters
    ----------
    directory : Path or str
        Where the documents are.
    folder : Path, optional
        Where the YAML files are; by default `seeds/` of this project.

    Returns
    -------
    list of str
        One line per problem; empty when everything holds.

    """
    problems = []
    for document in documents(folder):
        problems += _length_problems(document)
        path = Path(directory) / document["document"]
        if path.exists():
            problems += _document_problems(document, path)
        else:
            problems.append(f"seeds/{document['file']}: document not found: {path}")
    return problems


def _length_problems(document):
    """List excerpts above the word limit, and a document of which too much is quoted."""
    where = f"seeds/{document['file']}"
    problems = []
    for excerpt in document["excerpts"]:
        words = len(excerpt["text"].split())
        if words > EXCERPT_WORDS:
            problems.append(
                f"{where}: excerpt {excerpt['id']}: {words} words, at most {EXCERPT_WORDS} allowed"
            )
    if share(document) >= SHARE:
        problems.append(
            f"{where}: {share(document):.1%} of the document's {document['words']} words are "
            f"quoted, expected less than {SHARE:.0%}: shorten an excerpt or a quote"
        )
    return problems


def _document_problems(document, path):
    """List what does not agree between a seed file and its document."""
    where = f"seeds/{document['file']}"
    content = path.read_bytes()
    problems = []
    digest = hashlib.sha256(content).hexdigest()
    if digest != document["sha256"]:
        problems.append(
            f"{where}: field 'sha256' is {document['sha256']}, but {path.name} has {digest}: "
            "another version of the document"
        )
    text = content.decode("utf-8")
    words = len(text.split())
    if words != document["words"]:
        problems.append(f"{where}: field 'words' is {document['words']}, {path.name} has {words}")
    paragraphs = [_plain(line) for line in text.splitlines() if line.strip()]
    for name, paragraph, quote in _quotations(document):
        problem = _misquoted(quote, paragraph, paragraphs)
        if problem:
            problems.append(f"{where}: {name}: {problem}")
    return problems


def _quotations(document):
    """Return name, paragraph and text of everything quoted word for word."""
    found = [(f"excerpt {e['id']}", e["paragraph"], e["text"]) for e in document["excerpts"]]
    for entry in document["claims"]:
        found.append((f"claim {entry['id']}, quote", entry["paragraph"], entry["quote"]))
        check = entry["check"]
        if "passage" in check:
            found.append((f"claim {entry['id']}, passage", check["paragraph"], check["passage"]))
    return [(name, paragraph, _plain(text)) for name, paragraph, text in found]


def _misquoted(quote, paragraph, paragraphs):
    """Return what is wrong with a quotation, or None when it stands in its paragraph."""
    if not 1 <= paragraph <= len(paragraphs):
        return f"paragraph {paragraph} does not exist, the document has {len(paragraphs)}"
    source = paragraphs[paragraph - 1]
    if quote in source:
        return None
    for position, other in enumerate(paragraphs, 1):
        if quote in other:
            return f"stands in paragraph {position}, the seed says {paragraph}"
    at, theirs, ours = _first_difference(source, quote)
    return (
        f"differs from paragraph {paragraph} at character {at + 1}: "
        f"the document has “{theirs}”, the seed has “{ours}”"
    )


def _first_difference(source, quote):
    """Return where a quotation leaves its source, and a few words of both from there on."""
    start = max(_starts(source, quote), key=lambda at: _likeness(source, quote, at))
    at = 0
    while at < len(quote) and source[start + at : start + at + 1] == quote[at]:
        at += 1
    back = max(at - 12, 0)
    return at, source[start + back : start + at + 24], quote[back : at + 24]


def _starts(source, quote):
    """Return the two places where a quotation may begin in its source.

    One is where most of its opening letters stand, the other follows from the longest stretch
    that both have in common (for a slip near the beginning).
    """
    length = len(quote)
    while quote[:length] not in source:
        length -= 1
    block = SequenceMatcher(None, source, quote, autojunk=False).find_longest_match()
    return source.find(quote[:length]), max(block.a - block.b, 0)


def _likeness(source, quote, start):
    """Return how much a quotation resembles its source from a place on, from 0 to 1."""
    window = source[start : start + len(quote) + 10]
    return SequenceMatcher(None, window, quote, autojunk=False).ratio()


def _plain(text):
    """Return a text with all line breaks and runs of spaces made single spaces."""
    return " ".join(text.split())
