"""Further reading: each item of a lesson cites its entry in the bibliography.

The notebooks stay plain: an item names title or address, as any reading list does. While Sphinx
reads the lesson, the entry of `book/references.bib` with this address or title is found and cited
at the item's end. So the bibliography can list just what is cited. An item without an entry stops
the build; one that only leads to other pages of the book needs none.
"""

import re

from docutils import nodes
from sphinx import addnodes
from sphinx.util import logging
from sphinxcontrib.bibtex.citation_target import CitationTarget
from sphinxcontrib.bibtex.roles import CitationRef

from techpolitik import course

HEADING = "Further reading"
QUOTED = re.compile(r'"([^"]+)"')
LOG = logging.getLogger(__name__)


def setup(app):
    """Cite when a lesson is read, once its links are known. Parameters: app, the application."""
    if "sphinxcontrib.bibtex" in app.extensions:  # a course may have no bibliography
        app.connect("doctree-read", cite)


def cite(app, doctree):
    """Add a citation to each item of a lesson's further reading."""
    env = app.env
    if not course.current().lesson_of(env.docname):
        return
    for path in app.config.bibtex_bibfiles:
        env.note_dependency(str(app.srcdir / path))
    domain = env.get_domain("cite")
    entries = domain.bibdata.data.entries
    for item in readings(doctree):
        addresses, titles = named(item)
        key = find(entries, addresses, titles)
        if key:
            link = citation(key, env.docname)
            doctree.note_explicit_target(link, link)
            domain.citation_refs.append(
                CitationRef(link["ids"][0], env.docname, item.line, [CitationTarget(key, "", "")])
            )
            item[-1] += [nodes.Text(" "), link]
        elif addresses or titles:
            LOG.warning(
                "book/references.bib has no entry with address or title of this reading: %s",
                item.astext(),
                location=item,
            )


def readings(doctree):
    """Return the items of the lists below the heading "Further reading"."""
    return [
        item
        for section in doctree.findall(nodes.section)
        if section.next_node(nodes.title).astext() == HEADING
        for item in section.findall(nodes.list_item)
    ]


def named(item):
    """Return the addresses and the titles that an item names; a title is in italics or quoted."""
    links = [link for link in item.findall(nodes.reference) if "://" in link.get("refuri", "")]
    titles = [
        *(part.astext() for part in item.findall(nodes.emphasis)),
        *QUOTED.findall(item.astext()),
        *(link.astext() for link in links),
    ]
    return [link["refuri"] for link in links], titles


def find(entries, addresses, titles):
    """Return the key of the entry with one of the addresses, or whose title starts with one."""
    for key, entry in entries.items():
        if entry.fields.get("url") in addresses:
            return key
    starts = [start for start in map(plain, titles) if start]
    for key, entry in entries.items():
        if any(f"{plain(entry.fields['title'])} ".startswith(f"{start} ") for start in starts):
            return key
    return None


def plain(title):
    """Return a title without case, signs and the marks of BibTeX, to compare it."""
    return " ".join(re.findall(r"\w+", title.replace("\\", "").lower()))


def citation(key, docname):
    """Return a citation that sphinxcontrib-bibtex resolves, as the role `cite:p` makes it."""
    return addnodes.pending_xref(
        "",
        nodes.inline("", key),
        refdomain="cite",
        reftype="p",
        reftarget=key,
        refexplicit=False,
        refwarn=True,
        refdoc=docname,
    )
