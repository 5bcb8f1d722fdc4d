"""Reads a page of --report: its structure, its charts, its tables."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

VOID = {"meta", "br", "img", "link", "input", "hr"}


class Page(HTMLParser):
    """A parsed page. `shape` is every start tag with the names of its attributes: names of accounts must not change it."""

    def __init__(self, path: Path):
        super().__init__(convert_charrefs=True)
        self.bytes = path.read_bytes()
        self.shape: list[tuple[str, ...]] = []
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []  # tag, name, value
        self.charts: dict[str, dict] = {}
        self.tables: dict[str, list[list[str]]] = {}
        self.captions: dict[str, str] = {}
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.title = ""
        self.text: list[str] = []
        self._figure = ""
        self._script_type = ""
        self.feed(self.bytes.decode("utf-8"))
        self.close()
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.shape.append((tag, *(name for name, _ in attrs)))
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        values = dict(attrs)
        if tag == "figure":
            self._figure = values.get("id") or ""
            assert self._figure not in self.captions, f"two figures are called {self._figure}"
            self.captions[self._figure] = ""
            if values.get("class") == "table":
                self.tables[self._figure] = []
        if tag == "tr":
            self.tables[self._figure].append([])
        if tag in ("td", "th"):
            self.tables[self._figure][-1].append("")
        if tag == "script":
            self._script_type = values.get("type") or ""
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("circle", "path", "svg") and tag in self.open:
            while self.open.pop() != tag:
                pass
            return
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.shape.append((tag, *(name for name, _ in attrs)))

    def handle_data(self, data: str) -> None:
        within = self.open[-1] if self.open else ""
        if within == "script":
            if self._script_type == "application/json":
                assert "<" not in data, "JSON inside a page could end its element"
                self.charts[self._figure] = json.loads(data, parse_constant=lambda word: 1 / 0)
            else:
                self.scripts.append(data)
            return
        if within == "style":
            self.styles.append(data)
            return
        if within == "title":
            self.title += data
        if "figcaption" in self.open:
            self.captions[self._figure] += data
        if "td" in self.open or "th" in self.open:
            self.tables[self._figure][-1][-1] += data
        self.text.append(data)

    def rows(self, table: str) -> list[dict[str, str]]:
        """Rows of a table by the names of its columns in the files; digits not grouped."""
        head, *body = self.tables[table] or [[]]
        names = [name.replace(" ", "_") for name in head]
        return [dict(zip(names, (cell.replace("\u202f", "") for cell in row), strict=True)) for row in body]

    def without_run(self) -> bytes:
        """The bytes without the parts that may differ from run to run."""
        begin = self.bytes.index(b'<dl class="facts" id="run">')
        end = self.bytes.index(b"</dl>", begin)
        return self.bytes[:begin] + self.bytes[end:]
