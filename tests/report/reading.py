"""Pages read as a parser reads them."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "br", "path", "line", "rect", "circle"}


class Reader(HTMLParser):
    """Collects tags, attributes and text, and whether every tag is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag that opens."""
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag without content."""
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        """Insist that the innermost open tag closes."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note text."""
        self.words.append(data)


def read(page: str) -> Reader:
    """Parse a page; every tag that opens must close."""
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def loads_nothing(page: str) -> bool:
    """Is there nothing in a page that runs or fetches?"""
    seen = read(page)
    names = {attribute for attribute, _ in seen.attributes}
    runs = {"script", "link", "iframe", "object", "embed", "img", "form", "base", "a"}
    return (
        not runs & set(seen.tags)
        and not {"src", "href", "xlink:href", "action", "srcset"} & names
        and not {name for name in names if name.startswith("on")}
        and "url(" not in page
        and "@import" not in page
        and "http" not in page.replace('http-equiv="Content-Security-Policy"', "")
        and ("content", "default-src 'none'; style-src 'unsafe-inline'; img-src data:")
        in seen.attributes
    )
