"""The seeds: what the course quotes from its five documents and what it claims they got right.

One YAML file per document in `seeds/` holds the bibliographic record, the excerpts that lessons
print and the claims that readers test; `schemas/seed.json` explains the fields. The documents are
copyrighted and stay outside the repository; `verify` holds every quotation against them.
"""

import hashlib
import html
import math
import re
from difflib import SequenceMatcher
from pathlib import Path

from techpolitik import course, files
from techpolitik.files import FileError, nearest, one_line
from techpolitik.lesson import datasets
from techpolitik.lesson.cards import Card
from techpolitik.lesson.numbers import number

KINDS = tuple(files.schema("seed")["$defs"]["kind"]["enum"])
READINGS = tuple(files.schema("seed")["$defs"]["reading"]["enum"])
VERDICTS = tuple(files.schema("seed")["$defs"]["verdict"]["enum"])

EXCERPT_WORDS = 80
MOST_QUOTED = 0.15

# What a slip in an expression makes pandas raise.
_FAILURES = (SyntaxError, TypeError, ValueError, LookupError, AttributeError, NotImplementedError)


# ---------------------------------------------------------------------------- reading


def documents(folder=None):
    """Return the documents the course quotes, in the order of their file names.

    Parameters
    ----------
    folder : Path, optional
        Where the YAML files are; by default `seeds/` of the course.

    Returns
    -------
    list of dict
        Each with `pieces`, `excerpts`, `claims`, and `file` for messages.

    Raises
    ------
    FileError
        When a file breaks its form; each line names file, entry, field and how to correct it.

    """
    found = files.read_folder(Path(folder or course.current().seeds), "seed")
    found = [{**record, "file": files.place(path)} for path, record in found.items()]
    files.refuse(files.repeated((name, d["file"]) for d in found for name in _ids(d)))
    files.refuse(f"{d['file']}: {line}" for d in found for line in _slips(d))
    return found


def excerpts(folder=None):
    """Return all excerpts as a dict by id; each also knows its `document` and `file`."""
    return _by_id("excerpts", folder)


def claims(folder=None):
    """Return all claims as a dict by id; each also knows its `document` and `file`."""
    return _by_id("claims", folder)


def pieces():
    """Return {piece id: (piece, its document)}."""
    return {
        piece["id"]: (piece, document) for document in documents() for piece in document["pieces"]
    }


def _by_id(part, folder):
    """Collect the entries of one part (`excerpts` or `claims`) over all documents."""
    return {
        entry["id"]: {**entry, "document": document["id"], "file": document["file"]}
        for document in documents(folder)
        for entry in document[part]
    }


def _entries(document):
    """Return everything in a document that has an id, itself included."""
    return [document, *document["pieces"], *document["excerpts"], *document["claims"]]


def _ids(document):
    """Return every id that a document uses, with those under which a claim is also counted."""
    also = [name for claim in document["claims"] for name in claim.get("also", [])]
    return [entry["id"] for entry in _entries(document)] + also


def _slips(document):
    """Yield what the schema cannot see: ranges upside down, pointers to something absent."""
    pieces = {piece["id"]: piece["paragraphs"] for piece in document["pieces"]}
    quoted = {excerpt["id"]: one_line(excerpt["text"]) for excerpt in document["excerpts"]}
    for piece, (first, last) in pieces.items():
        if first > last:
            yield f"piece {piece}: field 'paragraphs' is {[first, last]}, expected [first, last]"
    lessons = course.current().lessons
    for entry in [*document["excerpts"], *document["claims"]]:
        for lesson in [*entry.get("lessons", []), *filter(None, [entry.get("lesson")])]:
            if lesson not in lessons:
                hint = nearest(lesson, lessons)
                yield f"{entry['id']}: course.yml has no lesson {lesson!r}{hint}"
        name, piece, excerpt = entry["id"], entry["piece"], entry.get("excerpt")
        first, last = pieces.get(piece, (0, 0))
        if piece not in pieces:
            yield f"{name}: this document has no piece {piece!r}{nearest(piece, pieces)}"
        elif not first <= entry["paragraph"] <= last:
            at = entry["paragraph"]
            yield f"{name}: field 'paragraph' is {at}, but {piece} runs from {first} to {last}"
        if excerpt and excerpt not in quoted:
            yield f"{name}: this document has no excerpt {excerpt!r}{nearest(excerpt, quoted)}"
        elif excerpt and one_line(entry["quote"]) not in quoted[excerpt]:
            yield f"{name}: field 'quote' does not stand in the excerpt {excerpt!r}"
        for field in ("supported", "imprecise"):
            low, high = entry.get("check", {}).get(field, (0, 0))
            if low > high:
                yield f"{name}: field 'check.{field}' is {[low, high]}, expected [low, high]"
        yield from _code_book_slips(entry)


def _code_book_slips(claim):
    """Yield where a claim leaves the code book and the schema cannot see it."""
    name, reading, check = claim["id"], claim.get("reading"), claim.get("check", {})
    if reading == "bound" and not any(map(math.isinf, check.get("supported", [math.inf]))):
        yield (
            f"{name}: field 'check.supported' is {check['supported']}, but the sentence sets a "
            "limit: write .inf (or -.inf) at the open end"
        )
    if "guess" in claim and reading != "hedged":
        yield f"{name}: field 'guess' stands only with 'reading: hedged', not {reading!r}"
    if "record" in claim and reading != "report":
        yield f"{name}: field 'record' stands only with 'reading: report', not {reading!r}"


# ---------------------------------------------------------------------------- verdicts


def evidence(claim):
    """Return the table rows that a claim, or the claim with this id, is checked with.

    Returns
    -------
    DataFrame or None
        None when the claim is checked without a table.

    Raises
    ------
    LookupError
        For a table, or a column in the check, that does not exist.
    FileError
        When the rows cannot be selected or none are left.

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
        raise FileError(f"{where}: check.rows selects no row of {check['table']}: {check['rows']}")
    return rows


def judged(claim):
    """Return the word that the evidence on a claim decides.

    It is the verdict; for a hedged sentence the evidence bears on the guess behind it instead.
    """
    return claim.get("guess", claim["verdict"])


def recompute(claim):
    """Work out the word on a claim from the data as they are now.

    Parameters
    ----------
    claim
        A claim, or its id.

    Returns
    -------
    tuple
        The verdict, for a hedged sentence the word on the guess behind it (see `judged`), and the
        measured value in the unit `check.unit`. Where the word rests on reasoning (rows, a passage,
        or nothing) the stored one comes back, with None.

    Raises
    ------
    LookupError, FileError
        As `evidence` does, and when the value is not one number.

    """
    claim = _claim(claim)
    check = claim["check"]
    rows = evidence(claim)
    if check["form"] != "computed":
        return judged(claim), None
    where = f"{_place(claim)}: check.value"
    result = _evaluate(rows.eval, check["value"], rows, where)
    try:
        value = float(result)
    except (TypeError, ValueError) as error:
        kind = type(result).__name__
        raise FileError(f"{where} gives {kind}, expected one number: {check['value']}") from error
    if math.isnan(value):
        raise FileError(f"{where} gives no number (a blank): {check['value']}")
    for verdict in ("supported", "imprecise"):
        low, high = check[verdict]
        if low <= value <= high:
            return verdict, value
    return "contradicted", value


def method(check):
    """Say in a few words how a check decides: by computing, by looking up, or not from data."""
    if check["form"] == "computed":
        picked = re.search(r"\b(\w+_)?id\b", check["rows"])
        return "look-up of a value, compared with the sentence" if picked else "computed by a rule"
    return {
        "rows": "look-up: we read these rows and judged",
        "passage": "look-up: we read this passage and judged",
        "none": "not looked up: nothing was found that decides it",
    }[check["form"]]


def outdated(folder=None):
    """List the claims whose stored verdict the data no longer give, one line each."""
    problems = []
    for entry in claims(folder).values():
        verdict, value = recompute(entry)
        if verdict != judged(entry):
            field = "guess" if "guess" in entry else "verdict"
            problems.append(
                f"{_place(entry)}: field {field!r} is {judged(entry)!r}, but the data give "
                f"{verdict!r} ({measured(value, entry['check']['unit'])})"
            )
    return problems


def _evaluate(method, expression, table, where):
    """Run a pandas expression; a wrong column or a slip in it is explained."""
    text = one_line(expression)
    try:
        return method(text, engine="python")
    except NameError as error:
        name, columns = str(error).split("'")[1], list(table.columns)
        hint = nearest(name, columns)
        raise LookupError(f"{where} names the column {name!r}, not in the table{hint}") from error
    except _FAILURES as error:
        raise FileError(f"{where} cannot be evaluated ({error}): {text}") from error


def _claim(claim):
    """Return the claim itself when its id was given."""
    if isinstance(claim, dict):
        return claim
    known = claims()
    if claim not in known:
        raise LookupError(f"no claim has the id {claim!r}{nearest(claim, known)}")
    return known[claim]


def _place(claim):
    return f"{claim['file']}: claim {claim['id']}"


# ---------------------------------------------------------------------------- cards


def claim(claim_id):
    """Show a claim: the words, who wrote them and where, and the ledger's verdict, folded away.

    Parameters
    ----------
    claim_id : str
        Such as "RC04".

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
    _, value = recompute(entry)
    quote, statement = one_line(entry["quote"]), one_line(entry["statement"])
    kind, origin = f"Kind of claim: {entry['kind']}.", attribution(entry)
    lines = _verdict_lines(entry, value)
    folded = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
    # The verdict is the one word to find at a glance.
    word = entry["verdict"].capitalize()
    folded = folded.replace(word, f"<strong>{word}</strong>", 1)
    markup = (
        '<div class="tp-claim">'
        f'<blockquote class="tp-quote"><p>{html.escape(quote)}</p></blockquote>'
        f'<p class="tp-attribution">{html.escape(origin)}</p>'
        f'<p class="tp-statement">{html.escape(statement)} '
        f'<span class="tp-kind">{kind}</span></p>'
        '<details class="tp-verdict"><summary>Show the ledger\'s verdict</summary>'
        f"{folded}</details></div>"
    )
    shown = [f"{entry['id']}: “{quote}”", origin, f"{statement} {kind}"]
    return Card(markup, "\n".join([*shown, "", "The ledger's verdict", *lines]))


def attribution(entry):
    """Say in one line who made the statement of a claim or excerpt, in which piece and when."""
    piece, document = pieces()[entry["piece"]]
    publisher = document["publisher"]
    by = "" if publisher == entry["speaker"] else f"{publisher}, "
    return f"{entry['speaker']}, “{one_line(piece['title'])}”, {by}{piece['date']}"


def marks(entry):
    """Say by which marks of the code book a claim was judged, one sentence each."""
    lines = [f"Read as: {entry['reading']}."]
    if "guess" in entry:
        lines.append(
            f"The sentence is hedged. The guess behind it is judged apart: {entry['guess']}."
        )
    if "record" in entry:
        known = {
            "original": "The words were read in the original.",
            "retelling": "The words are known from a retelling.",
            "none": "The words were not found.",
        }
        lines.append(known[entry["record"]])
    if "condition" in entry:
        condition = entry["condition"]
        lines.append(f"Condition: {one_line(condition['says'])}. Met: {condition['met']}.")
    if "search" in entry:
        search = {key: one_line(text) for key, text in entry["search"].items()}
        lines.append(
            f"Searched: {search['where']}, until {search['until']}, for {search['expected']}. "
            f"Its trace would be {search['trace']}."
        )
    return [*lines, f"Check: {method(entry['check'])}."]


def _verdict_lines(entry, value):
    """Return verdict, marks, measurement, explanation, sequel and evidence as plain text."""
    check = entry["check"]
    lines = [f"{entry['verdict'].capitalize()} (confidence: {entry['confidence']})."]
    lines += marks(entry)
    if value is not None:
        lines.append(f"Measured: {measured(value, check['unit'])}. Claimed: {check['says']}.")
    lines.append(one_line(entry["explanation"]))
    if entry["since"]:
        lines.append(f"Since then: {one_line(entry['since'])}")
    lines.append(f"How it was decided: {one_line(check['because'])}")
    if "table" in check:
        lines.append(f"Evidence: table {check['table']}, rows where {one_line(check['rows'])}.")
    if "passage" in check:
        lines.append(f"Evidence in the same document: “{one_line(check['passage']).rstrip('.')}”.")
    return lines


def measured(value, unit):
    """Write what a check measured, with its unit; a year is a name and no amount."""
    if re.match(r"(last )?year\b", unit):
        return f"{number(value, 0, commas=False)}, {unit}"
    return f"{number(value, 1)} {unit}"


# ---------------------------------------------------------------------------- quotations


def share(document):
    """Return which part of the words of a record of `documents()` the course quotes, from 0 to 1.

    Excerpts count, and so do quotes of claims and passages of checks that stand in no excerpt.
    """
    borrowed = []
    # Longest first, so that a quote that stands inside an excerpt is counted once.
    for name, _, text in sorted(_quotations(document), key=lambda quotation: -len(quotation[2])):
        if name.startswith("excerpt") or not any(text in longer for longer in borrowed):
            borrowed.append(text)
    return sum(len(text.split()) for text in borrowed) / document["words"]


def verify(directory, folder=None):
    """Hold every quotation against the documents.

    Checked are the hash and word count of each document, that each excerpt, quote and passage
    stands word for word in the paragraph it names, that no excerpt is longer than 80 words, and
    that less than 15 percent of a document is quoted. Line breaks and spaces do not matter;
    quotation marks and dashes do.

    Parameters
    ----------
    directory : Path
        Where the documents are.
    folder : Path, optional
        Where the YAML files are; by default `seeds/` of the course.

    Returns
    -------
    list of str
        One line per problem.

    """
    problems = []
    for document in documents(folder):
        path = Path(directory) / document["document"]
        found = _length_problems(document)
        found += _document_problems(document, path)
        problems += [f"{document['file']}: {problem}" for problem in found]
    return problems


def _length_problems(document):
    """List excerpts above the word limit, and a document of which too much is quoted."""
    problems = []
    for excerpt in document["excerpts"]:
        words = len(excerpt["text"].split())
        if words > EXCERPT_WORDS:
            name = excerpt["id"]
            problems.append(f"excerpt {name}: {words} words, at most {EXCERPT_WORDS} allowed")
    if share(document) >= MOST_QUOTED:
        problems.append(
            f"{share(document):.1%} of the document's {document['words']} words are "
            f"quoted, expected less than {MOST_QUOTED:.0%}: shorten an excerpt or a quote"
        )
    return problems


def _document_problems(document, path):
    """List what does not agree between a seed file and its document."""
    if not path.exists():
        return [f"document not found: {path}"]
    content = path.read_bytes()
    digest, text = hashlib.sha256(content).hexdigest(), content.decode("utf-8")
    problems = []
    if digest != document["sha256"]:
        problems.append(
            f"field 'sha256' is {document['sha256']}, but {path.name} has {digest}: "
            "another version of the document"
        )
    words = len(text.split())
    if words != document["words"]:
        problems.append(f"field 'words' is {document['words']}, {path.name} has {words}")
    paragraphs = [one_line(line) for line in text.splitlines() if line.strip()]
    for name, paragraph, quote in _quotations(document):
        problem = _misquoted(quote, paragraph, paragraphs)
        problems += [f"{name}: {problem}"] if problem else []
    return problems


def _quotations(document):
    """Return name, paragraph and text of everything quoted word for word."""
    found = [(f"excerpt {e['id']}", e["paragraph"], e["text"]) for e in document["excerpts"]]
    for entry in document["claims"]:
        found.append((f"claim {entry['id']}, quote", entry["paragraph"], entry["quote"]))
        check = entry["check"]
        if "passage" in check:
            found.append((f"claim {entry['id']}, passage", check["paragraph"], check["passage"]))
    return [(name, paragraph, one_line(text)) for name, paragraph, text in found]


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
    start = _start(source, quote)
    at = 0
    while at < len(quote) and source[start + at : start + at + 1] == quote[at]:
        at += 1
    back = max(at - 12, 0)
    return at, source[start + back : start + at + 24], quote[back : at + 24]


def _start(source, quote):
    """Return the place where a quotation with a slip in it most likely begins in its source.

    Either where most of its opening letters stand, or where the longest stretch that both have
    in common would put it (for a slip near the beginning): the one that looks more alike.
    """
    length = len(quote)
    while quote[:length] not in source:
        length -= 1
    block = SequenceMatcher(None, source, quote, autojunk=False).find_longest_match()

    def likeness(start):
        window = source[start : start + len(quote) + 10]
        return SequenceMatcher(None, window, quote, autojunk=False).ratio()

    return max(source.find(quote[:length]), max(block.a - block.b, 0), key=likeness)
