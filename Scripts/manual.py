"""Writes the pages of the manual: manual.py PROGRAM TREE FOLDER [--no-run]; Scripts/manual calls it.

Every page is one that Lethe writes; what is added is a line of links to the others, and a first page with a search. The
search's index and its script stand in that page itself, since a browser gives a page on a disk no other file to read; the
page's policy allows that script alone, by its hash.
"""

import base64
import hashlib
import html
import json
import os
import re
import subprocess
import sys
import urllib.parse
from html.parser import HTMLParser

STYLE = """
.site{font:.9rem/1.4 system-ui,sans-serif;margin:0 0 1.75rem;display:flex;flex-wrap:wrap;gap:.25rem 1rem}
.site a{padding:.15rem 0}
.found{list-style:none;padding:0}.found li{margin:0 0 1rem}.found p{margin:.1rem 0 0;font-size:.9rem}
.search label{font-weight:650}.search input{display:block;width:100%;font:inherit;padding:.5rem .6rem;margin:.4rem 0 1rem;
border:1px solid #888;border-radius:5px;background:transparent;color:inherit}
@media print{.site,.search{display:none}}
"""

SEARCH = r"""
"use strict";
const field = document.getElementById("words"), list = document.getElementById("found"), said = document.getElementById("said");
const plain = text => text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "");
const entries = INDEX.map(([page, anchor, title, text]) => ({page, anchor, title, text, head: plain(title), body: plain(text)}));
function score(entry, words) {
  let sum = 0;
  for (const word of words) {
    const part = entry.head === word ? 20 : entry.head.startsWith(word) ? 10 : entry.head.includes(word) ? 6
      : entry.body.includes(word) ? 1 : 0;
    if (!part) return 0;
    sum += part;
  }
  return sum;
}
function excerpt(entry, word) {
  const at = Math.max(0, entry.body.indexOf(word) - 40);
  return (at > 0 ? "…" : "") + entry.text.slice(at, at + 160) + (entry.text.length > at + 160 ? "…" : "");
}
function search() {
  const words = plain(field.value).split(/\s+/).filter(Boolean);
  const hits = words.length ? entries.map(entry => [score(entry, words), entry]).filter(hit => hit[0] > 0)
    .sort((a, b) => b[0] - a[0]) : [];
  list.replaceChildren(...hits.slice(0, 30).map(([, entry]) => {
    const item = document.createElement("li"), link = document.createElement("a"), text = document.createElement("p");
    link.href = entry.page + (entry.anchor ? "#" + entry.anchor : "");
    link.textContent = entry.title;
    text.textContent = excerpt(entry, words[0]);
    item.append(link, text);
    return item;
  }));
  said.textContent = words.length ? (hits.length === 1 ? "1 place" : hits.length + " places")
    + (hits.length > 30 ? ", the first 30 of them" : "") : "";
}
field.addEventListener("input", search);
document.getElementById("search").hidden = false;
search();
"""


# The line of links that every page has, which nobody looks for.
SITE = re.compile(r'<div class="site".*?</div>', re.S)

def run(program, *arguments):
    done = subprocess.run([program, "--quiet", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"lethe {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}")


def read(path):
    with open(path, encoding="utf8") as file:
        return file.read()


def write(path, text):
    with open(path, "w", encoding="utf8") as file:
        file.write(text)


class Sections(HTMLParser):
    """The words of a page below each heading that can be linked to, its links and its anchors."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.anchors, self.links, self.sections, self.title = set(), [], [["", "", ""]], ""
        self.open, self.pending = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if "id" in attributes:
            self.anchors.add(attributes["id"])
            if tag in ("section", "article"):
                self.pending = attributes["id"]
        if tag == "a" and attributes.get("href"):
            self.links.append(attributes["href"])
        if tag in ("h1", "h2", "h3"):
            self.sections.append([self.pending if tag != "h1" else "", "", ""])
            self.pending = ""
        if tag in ("style", "script", "svg", "math", "h1", "h2", "h3", "nav", "annotation", "title"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def handle_data(self, data):
        if "title" in self.open and "svg" not in self.open:
            self.title += data
        if any(tag in self.open for tag in ("style", "script", "svg", "nav", "annotation", "title")):
            return
        place = 1 if any(tag in self.open for tag in ("h1", "h2", "h3")) else 2
        self.sections[-1][place] += data


class Site:
    def __init__(self, program, tree, folder, is_recorded):
        self.program, self.tree, self.folder = program, tree, folder
        self.flags = ["--no-run"] if is_recorded else []
        self.pages = []  # (file, title, kind)
        os.makedirs(folder, exist_ok=True)

    def export(self, script, name, kind):
        target = os.path.join(self.folder, name)
        print(name, file=sys.stderr)
        run(self.program, "export", os.path.join(self.tree, "Examples", script), "--html", "-o", target, *self.flags)
        # A page says which file it was made of, as seen from the tree.
        text = read(target).replace(html.escape(os.path.join(self.tree, "")), "")
        write(target, text)
        self.pages.append((name, Sections(text).title.strip(), kind))

    def reference(self):
        target = os.path.join(self.folder, "reference.html")
        run(self.program, "reference", "--html", "-o", target)
        self.pages.append(("reference.html", "Reference", "reference"))

    def scripts(self, folder=""):
        place = os.path.join(self.tree, "Examples", folder)
        return sorted(os.path.join(folder, name) for name in os.listdir(place) if name.endswith(".lethe"))

    def bar(self, name):
        """Links to the parts of the manual; within the lessons also to the one before and the one behind."""
        links = [("index.html", "Manual and search"), ("reference.html", "Reference"), ("gallery.html", "Gallery"),
                 ("faq.html", "Questions")]
        lessons = [page for page in self.pages if page[2] == "lesson"]
        for place, page in enumerate(lessons):
            if page[0] == name:
                if place > 0:
                    links.append((lessons[place - 1][0], "← " + lessons[place - 1][1]))
                if place + 1 < len(lessons):
                    links.append((lessons[place + 1][0], lessons[place + 1][1] + " →"))
        inner = "".join(
            f'<span aria-current="page">{html.escape(title)}</span>' if file == name
            else f'<a href="{file}">{html.escape(title)}</a>' for file, title in links)
        return f'<div class="site" role="navigation" aria-label="Manual">{inner}</div>'

    def join(self):
        """Gives every page its line of links."""
        for name, _, _ in self.pages:
            path = os.path.join(self.folder, name)
            text = read(path)
            text = text.replace("</style>", STYLE + "</style>", 1)
            text = re.sub(r"(<body[^>]*>)", lambda found: found.group(1) + "\n" + self.bar(name), text, count=1)
            write(path, text)

    def index(self):
        entries = []
        for name, title, _ in self.pages:
            for anchor, heading, text in Sections(SITE.sub("", read(os.path.join(self.folder, name)))).sections:
                words = " ".join(text.split())[:700]
                heading = " ".join(heading.split())
                if heading or words:
                    shown = heading if not heading or heading == title else f"{heading} · {title}"
                    entries.append([name, anchor, shown or title, words])
        # Nothing in the index ends the script or begins a comment of HTML.
        index = json.dumps(entries, ensure_ascii=False).replace("<", "\\u003c").replace("\u2028", " ").replace("\u2029", " ")
        script = f"const INDEX = {index};{SEARCH}"
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()

        def listed(kind):
            return "<ul>\n" + "".join(
                f'<li><a href="{name}">{html.escape(title)}</a></li>\n' for name, title, of in self.pages if of == kind
            ) + "</ul>"

        style = re.search(r"<style>(.*?)</style>", read(os.path.join(self.folder, "gallery.html")), re.S).group(1)
        write(os.path.join(self.folder, "index.html"), f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'sha256-{digest}'; style-src \
'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'">
<link rel="icon" href="data:,">
<title>Lethe: the manual</title>
<style>{style}</style>
</head>
<body>
{self.bar("index.html")}
<main>
<h1>Lethe: the manual</h1>
<p>Machine unlearning of language models, step by step, in a language of its own.</p>
<div class="search" id="search" role="search" hidden>
<label for="words">Search</label>
<input id="words" type="search" autocomplete="off" spellcheck="false">
<p id="said" role="status"></p>
<ul class="found" id="found"></ul>
</div>
<h2>Begin here</h2>
{listed("start")}
<h2>Lessons</h2>
{listed("lesson")}
<h2>To look things up</h2>
<ul>
<li><a href="reference.html">Reference</a>: the language, the commands, every function with examples</li>
<li><a href="gallery.html">Gallery</a>: every kind of picture with its code</li>
<li><a href="faq.html">Questions that come up</a></li>
</ul>
<h2>Recipes: methods from papers</h2>
{listed("recipe")}
</main>
<script>{script}</script>
</body>
</html>
""")
        self.pages.insert(0, ("index.html", "Lethe: the manual", "index"))

    def broken(self):
        """Links that lead nowhere."""
        sections = {name: Sections(read(os.path.join(self.folder, name))) for name, _, _ in self.pages}
        for name, found in sections.items():
            for link in found.links:
                if re.match(r"[a-z]+:", link):
                    continue
                file, _, anchor = link.partition("#")
                file = urllib.parse.unquote(file) or name
                if file not in sections:
                    yield f"{name}: {link} is no page of the manual"
                elif anchor and urllib.parse.unquote(anchor) not in sections[file].anchors:
                    yield f"{name}: {link} is no place of that page"


def main(program, tree, folder, is_recorded):
    site = Site(program, tree, folder, is_recorded)
    site.reference()
    site.export("first-session.lethe", "first-session.html", "start")
    site.export("own.lethe", "own.html", "start")
    site.export("manual/sliders.lethe", "sliders.html", "start")
    for script in site.scripts():
        if script[0].isdigit():
            site.export(script, "lesson-" + script.replace(".lethe", ".html"), "lesson")
    for script in site.scripts("recipes"):
        site.export(script, "recipe-" + os.path.basename(script).replace(".lethe", ".html"), "recipe")
    site.export("manual/gallery.lethe", "gallery.html", "gallery")
    site.export("manual/faq.lethe", "faq.html", "faq")
    site.join()
    site.index()
    problems = list(site.broken())
    for problem in problems:
        print(problem, file=sys.stderr)
    links = sum(len(Sections(read(os.path.join(folder, name))).links) for name, _, _ in site.pages)
    print(f"{folder}: {len(site.pages)} pages, {links} links, {len(problems)} broken")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3], "--no-run" in sys.argv[4:]))
