"""The content security policy: computed, written into every page, and enforced at build.

A page of the book may load only what lies beside it. After the build every page is read: an inline
script adds its hash to the policy (there should be none); a handler attribute or a resource on
another host stops the build with a list of places.
"""

import base64
import hashlib
import json
import re
from html import escape
from html.parser import HTMLParser
from pathlib import Path

from sphinx.errors import SphinxError

from techpolitik.book.drawings import write_whole

META = re.compile(r'(<meta http-equiv="Content-Security-Policy" content=")[^"]*(">)')
# A script element of any other type (JSON for a chart, say) is data: browsers never run it.
SCRIPT_TYPES = {"", "text/javascript", "application/javascript", "module"}
LOADING_ATTRIBUTES = {"src", "srcset", "poster", "data", "xlink:href"}
LOADING_HREF_TAGS = {"link", "use", "image", "base"}
NOT_LOADED_RELS = {"canonical", "next", "prev", "alternate"}
# Browsers read a backslash as a slash here.
FOREIGN = re.compile(r"^\s*(?:[a-z][a-z0-9+.-]*:)?[/\\]{2}", re.IGNORECASE)
FOREIGN_CSS = re.compile(r"(?:url\(\s*['\"]?|@import\s+['\"])\s*(?:https?:)?//", re.IGNORECASE)


class PolicyError(SphinxError):
    """A page breaks the policy; the message lists file and place."""

    category = "Content policy"


def setup(app):
    """Put a first policy into each page and make it exact once all pages are written."""
    app.connect("html-page-context", add_policy)
    # Last of all: other extensions still write pages when the build ends.
    app.connect("build-finished", enforce, priority=950)


def policy(hashes=()):
    """Return the policy as one line; `hashes` name inline scripts, each like "sha256-..."."""
    scripts = " ".join(["'self'", *(f"'{value}'" for value in sorted(hashes))])
    return "; ".join(
        [
            "default-src 'self'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            f"script-src {scripts}",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
        ]
    )


def add_policy(app, pagename, templatename, context, doctree):
    """Give the template the policy of a page without inline scripts."""
    context["tp_policy"] = policy()


class PageReader(HTMLParser):
    """Collects a page's inline scripts and what breaks the policy."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.scripts = []
        self.faults = []
        self.inside_script = False

    def handle_starttag(self, tag, attrs):
        """Note handlers, loads from other hosts and the start of an inline script."""
        values = {name: value or "" for name, value in attrs}
        line = self.getpos()[0]
        for name, value in values.items():
            if name.startswith("on"):
                self.faults.append(f"line {line}: <{tag} {name}=...> needs inline script")
            loads = name in LOADING_ATTRIBUTES or (name == "href" and tag in LOADING_HREF_TAGS)
            if tag == "link" and set(values.get("rel", "").split()) & NOT_LOADED_RELS:
                loads = False
            # `srcset` lists several addresses, each with its size.
            named = re.split(r",\s+", value) if name == "srcset" else [value]
            if loads and any(map(FOREIGN.match, named)):
                self.faults.append(f"line {line}: <{tag}> loads {value[:80]}")
            if name in {"href", "src"} and value.strip().lower().startswith("javascript:"):
                self.faults.append(f"line {line}: <{tag} {name}> is a javascript: address")
        runs = values.get("type", "").lower() in SCRIPT_TYPES
        if tag == "script" and "src" not in values and runs:
            self.inside_script = True
            self.scripts.append("")

    def handle_startendtag(self, tag, attrs):
        """Treat <tag/> as <tag>."""
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag):
        """Note the end of an inline script."""
        if tag == "script":
            self.inside_script = False

    def handle_data(self, data):
        """Collect the text of an inline script."""
        if self.inside_script:
            self.scripts[-1] += data


def inline_scripts(html):
    """Return (texts of inline scripts, list of faults) of one page."""
    reader = PageReader()
    reader.feed(html)
    reader.close()
    return reader.scripts, reader.faults


def digest(script):
    """Return the hash a policy names an inline script by."""
    value = hashlib.sha256(script.encode("utf-8")).digest()
    return "sha256-" + base64.b64encode(value).decode("ascii")


def enforce(app, exception):
    """Read all pages, write the exact policy into them and into _headers, or stop the build."""
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    pages = {path: path.read_text(encoding="utf-8") for path in sorted(out.rglob("*.html"))}
    hashes, faults = set(), []
    read = read_pages(pages.values(), Path(app.doctreedir).parent / ".policy.json")
    for (path, html), (scripts, found) in zip(pages.items(), read, strict=True):
        hashes.update(scripts)
        name = path.relative_to(out)
        faults += [f"{name}: {fault}" for fault in found]
        if not META.search(html):
            faults.append(f"{name}: has no policy in its head")
    for path in sorted(out.rglob("*.css")):
        if FOREIGN_CSS.search(path.read_text(encoding="utf-8")):
            faults.append(f"{path.relative_to(out)}: loads from another host")
    if faults:
        raise PolicyError(
            "the site's pages must load nothing from elsewhere:\n" + "\n".join(faults)
        )
    write_policy(out, pages, policy(hashes))


def read_pages(pages, memory):
    """Return, for each page, (hashes of its inline scripts, list of faults).

    The file `memory` keeps the answers from one build to the next, by the content of the page and
    of this module, which decides them.
    """
    rules = Path(__file__).read_bytes()
    keys = [hashlib.sha256(rules + html.encode("utf-8")).hexdigest() for html in pages]
    known = json.loads(memory.read_text(encoding="utf-8")) if memory.exists() else {}
    for key, html in zip(keys, pages, strict=True):
        if key not in known:
            scripts, faults = inline_scripts(html)
            known[key] = [[digest(script) for script in scripts], faults]
    answers = {key: known[key] for key in keys}
    write_whole(memory, json.dumps(answers))
    return [answers[key] for key in keys]


def write_policy(out, pages, text):
    """Write the policy into each page's head and, for hosts that read it, into _headers."""
    value = escape(text, quote=False)
    for path, html in pages.items():
        exact = META.sub(lambda match: match[1] + value + match[2], html, count=1)
        if exact != html:
            path.write_text(exact, encoding="utf-8")
    headers = (
        "/*\n"
        f"  Content-Security-Policy: {text}\n"
        "  X-Content-Type-Options: nosniff\n"
        "  Referrer-Policy: no-referrer\n"
    )
    (out / "_headers").write_text(headers, encoding="utf-8")
