"""Further reading: each item of a lesson cites its entry in the bibliography.

The notebooks stay plain: an item names title or address, as any reading list does. As Sphinx gets
the text of a lesson, the entry of the bibliography with this address or title is found and the role
`cite:p` added at the item's end. So the bibliography can list just what is cited. An item without
an entry stops the build; one that only leads to other pages of the book needs none.
"""

import json
import re
from functools import partial

from sphinx.util import logging

from techpolitik import course

#: The list below the heading, and an item of it with the lines that go on.
LIST = re.compile(r"^#+ Further reading\n(?:(?!#).*\n?)*", re.MULTILINE)
ITEM = re.compile(r"^[-*] .*(?:\n[ \t]+\S.*)*", re.MULTILINE)
ADDRESS = re.compile(r"\]\((\w+://[^)\s]+)\)")
#: A title is in italics, quoted, or the words of a link that leads out of the book.
TITLE = re.compile(r"""(?<!\w)\*([^*]+)\*|"([^"]+)"|\[([^]]+)\]\(\w+://""")
LOG = logging.getLogger(__name__)


def setup(app):
    """Cite when the text of a lesson is read."""
    if "sphinxcontrib.bibtex" in app.extensions:  # a course may have no bibliography
        app.connect("source-read", cite)


def cite(app, docname, source):
    """Add a citation to each item of a lesson's further reading."""
    if not course.current().lesson_of(docname):
        return
    for path in app.config.bibtex_bibfiles:
        app.env.note_dependency(str(app.srcdir / path))
    cited = partial(with_citation, app.env.get_domain("cite").bibdata.data.entries, docname)
    notebook = json.loads(source[0])
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            text = "".join(cell["source"])
            cell["source"] = LIST.sub(lambda found: ITEM.sub(cited, found[0]), text)
    source[0] = json.dumps(notebook)


def with_citation(entries, docname, found):
    """Return an item of a reading list with the role that cites its entry."""
    addresses = ADDRESS.findall(found[0])
    titles = [" ".join(filter(None, groups)) for groups in TITLE.findall(found[0])]
    key = find(entries, addresses, titles)
    if key:
        return f"{found[0].rstrip()} {{cite:p}}`{key}`"
    if addresses or titles:
        LOG.warning(
            "the bibliography has no entry with address or title of this reading: %s",
            found[0],
            location=docname,
        )
    return found[0]


def find(entries, addresses, titles):
    """Return the key of the entry with one of the addresses, or whose title starts with one."""
    for key, entry in entries.items():
        if entry.fields.get("url") in addresses:
            return key
    starts = [start for start in map(words_of, titles) if start]
    for key, entry in entries.items():
        title = f"{words_of(entry.fields['title'])} "
        if any(title.startswith(f"{start} ") for start in starts):
            return key
    return None


def words_of(title):
    """Return a title without case, signs and the marks of BibTeX, to compare it."""
    return " ".join(re.findall(r"\w+", title.replace("\\", "").lower()))
