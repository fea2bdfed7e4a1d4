"""HTML to text as a reader would see it (HTML Living Standard, as Lexbor parses it), hidden parts out and counted.

What an inline style, an attribute (`core.html_looks`) or a simple rule of an own style sheet hides is found; what needs
layout, pictures, media queries or scripts to be hidden is not. Links lose their addresses, pictures their texts.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from selectolax.lexbor import LexborHTMLParser, LexborNode

from kindregards.core.characters import visible
from kindregards.core.errors import HeldMessageError
from kindregards.core.html_looks import Look, restyled

#: Octets of UTF-8 that are given to the tree builder; a well-known web mail clips at the same place. It needs time in
#: the square of the attributes of one tag: 100 kB can hold 25,000 of them, 0.9 s.
LARGEST_HTML = 100 * 1024
#: It needs time in the square of the depth, too: 15,000 tags are 0.3 s at worst.
_MOST_TAGS = 15_000
_DEEPEST_QUOTE = 5
#: Hidden texts that are looked for among the visible ones.
_MOST_COMPARED = 50
#: What can be large and is not read, by its first and last characters.
_BULKY = (("<!--", "-->"), ("<style", "</style"), ("<script", "</script"), ("base64,", '"'))

# Tags that the standard opens again in every later paragraph until they are closed ("the adoption agency"): 37 kB of
# them make a tree of 1.4 GB. They carry no layout, so they are renamed before the tree is built.
_REOPENED = re.compile(
    r"<(/?)(?:a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?=[\s/>])", re.ASCII | re.IGNORECASE
)
_SKIPPED = frozenset(
    "script style head title template noscript svg math iframe object embed audio video canvas select textarea".split()  # noqa: SIM905 - one line, not thirty
)
_PARAGRAPHS = frozenset("p h1 h2 h3 h4 h5 h6 ul ol dl blockquote pre table form hr".split())  # noqa: SIM905 - one line, not thirty
_LINES = frozenset(
    "div tr li dt dd article section header footer main nav aside address figure caption center body".split()  # noqa: SIM905 - one line, not thirty
)

_COMMENT = re.compile(r"/\*.*?\*/|<!--|-->", re.DOTALL)
_AT_RULE = re.compile(r"@[^{};]*+\{(?:[^{}]*+\{[^{}]*+\})*+[^{}]*+\}|@[^{};]*+;")
_RULE = re.compile(r"([^{}]{1,500})\{([^{}]*)\}")
_SIMPLE = re.compile(r"[a-z0-9]*[.#][\w-]+", re.ASCII | re.IGNORECASE)
_MOST_RULES = 40
_SENTENCE = re.compile(r"(?:[^\W\d_]{2,30}[\s,;.!?'-]{1,5}){7}[^\W\d_]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """The text of an HTML part; `hidden` is how many letters and digits a reader would not have seen.

    `cut` tells that it was too large and was not read to its end.
    """

    text: str
    hidden: int = 0
    cut: bool = False


def render(html: str, largest: int = LARGEST_HTML) -> Rendered:
    """Turn HTML, `largest` octets of it at most, into text with paragraphs kept and quoted replies marked with "> ".

    HeldMessageError where the markup is too intricate to be read in bounded time.
    """
    html, cut = _clipped(html, largest)
    if html.count("<") > _MOST_TAGS:
        raise HeldMessageError("The HTML of the message is too intricate to be read safely.")
    tree = LexborHTMLParser(_REOPENED.sub(r"<\1span", html))
    page = _Page(_ruled_out(tree))
    if tree.body is not None:
        _walk(tree.body, page)
    text, invisible = visible(page.text())
    return Rendered(text=text, hidden=page.hidden(text) + invisible, cut=cut)


def _clipped(html: str, largest: int) -> tuple[str, bool]:
    """At most `largest` octets; only what is larger first loses what is not read, its style sheets included."""
    if len(html) <= largest // 4:
        return html, False
    for first, last in _BULKY if len(html) > largest else ():
        html = _without(html, first, last)
    octets = html.encode("utf-8", "replace")
    return octets[:largest].decode("utf-8", "ignore"), len(octets) > largest


def _without(html: str, first: str, last: str) -> str:
    """Take out everything from `first` to before `last`, in linear time; an open end stays."""
    kept, position = [], 0
    while (begin := html.find(first, position)) >= 0 and (end := html.find(last, begin + len(first))) >= 0:
        kept.append(html[position:begin])
        position = end
    return "".join((*kept, html[position:]))


def _walk(root: LexborNode, page: "_Page") -> None:
    """Go through the tree without recursion, for it may be as deep as the message has tags."""
    node: LexborNode | None = root
    opened: list[str] = []
    while node is not None:
        child = page.enter(node)
        if child is not None:
            opened.append(node.tag or "")
            node = child
            continue
        while opened and node is not None and node.next is None:
            node = node.parent
            page.leave(opened.pop())
        node = node.next if opened and node is not None else None


class _Page:
    """Lines of text as they grow, and the looks of the elements that are open."""

    def __init__(self, ruled_out: frozenset[int]) -> None:
        self._hidden: list[str] = []
        self._ruled_out = ruled_out
        self._looks = [Look()]
        self._lines: list[str] = []
        self._line: list[str] = []

    def enter(self, node: LexborNode) -> LexborNode | None:
        """Take in a node; its first child where there is something inside it to be read."""
        tag = node.tag or "-"
        if tag == "-text":
            self._write(node.text_content or "")
            return None
        if tag in _SKIPPED or tag[0] in "-!":
            if node.is_comment_node and _tells(node.comment_content or ""):
                self._hidden.append(node.comment_content or "")
            return None
        self._break(tag)
        if tag == "br":
            self._end_line()
        child = node.child
        if child is not None:
            self._looks.append(self._look(node, tag))
        return child

    def leave(self, tag: str) -> None:
        """Close the element that was entered last."""
        self._break(tag)
        self._looks.pop()
        if tag in ("td", "th"):
            self._line.append(" ")

    def text(self) -> str:
        """All lines."""
        if self._line:
            self._end_line()
        return "\n".join(self._lines).strip()

    def hidden(self, text: str) -> int:
        """How many letters and digits are hidden that do not stand in the visible text as well, as a preview does."""
        seen = " ".join(text.split())
        return sum(
            sum(character.isalnum() for character in hidden)
            for number, hidden in enumerate(self._hidden)
            if number >= _MOST_COMPARED or " ".join(hidden.split()) not in seen
        )

    def _look(self, node: LexborNode, tag: str) -> Look:
        attributes = node.attributes
        look = restyled(self._looks[-1], attributes)
        if self._ruled_out and node.mem_id in self._ruled_out:
            look = replace(look, gone=True, hidden=True)
        if tag == "blockquote" and _cites(attributes):
            look = replace(look, quotes=look.quotes + 1)
        return replace(look, verbatim=True) if tag == "pre" else look

    def _write(self, text: str) -> None:
        look = self._looks[-1]
        if look.hidden:
            self._hidden.append(text)
        elif look.verbatim:
            for line in text.split("\n")[:-1]:
                self._line.append(line)
                self._end_line()
            self._line.append(text.rpartition("\n")[2])
        else:
            self._line.append(text)

    def _break(self, tag: str) -> None:
        """End the line before and after a block, and leave an empty one around a paragraph."""
        paragraph = tag in _PARAGRAPHS
        if (paragraph or tag in _LINES) and self._line:
            if "".join(self._line).strip():
                self._end_line()
            self._line = []
        if paragraph and self._lines and self._lines[-1]:
            self._lines.append("")

    def _end_line(self) -> None:
        line = " ".join("".join(self._line).split())
        self._line = []
        if line:
            self._lines.append("> " * min(self._looks[-1].quotes, _DEEPEST_QUOTE) + line)
        elif self._lines and self._lines[-1]:
            self._lines.append("")


def _tells(comment: str) -> bool:
    """Whether a comment reads like sentences; conditional comments of mail programs and code do not."""
    if comment.lstrip().startswith(("[if", "<![")) or "{" in comment:
        return False
    return _SENTENCE.search(comment[:20_000]) is not None


def _cites(attributes: dict[str, str | None]) -> bool:
    return (attributes.get("type") or "").lower() == "cite" or "quote" in (attributes.get("class") or "").lower()


def _ruled_out(tree: LexborHTMLParser) -> frozenset[int]:
    """The elements that a simple rule of the message's own style sheets hides."""
    found: set[int] = set()
    for number, selector in enumerate(_hidden_selectors(tree)):
        if number >= _MOST_RULES:
            break
        found.update(node.mem_id for node in tree.css(selector))
    return frozenset(found)


def _hidden_selectors(tree: LexborHTMLParser) -> Iterator[str]:
    for sheet in tree.css("style")[:20]:
        text = (sheet.child.text_content if sheet.child is not None else "") or ""
        if not ("none" in text or "hidden" in text or ":0" in text or ": 0" in text):
            continue
        # What a media query hides is shown on other screens.
        for rule in _RULE.finditer(_AT_RULE.sub("", _COMMENT.sub("", text[:50_000]))):
            look = restyled(Look(), {"style": rule[2]})
            # White ink in one rule may lie on the paper of another; only what hides by itself counts.
            if look.gone or look.invisible or look.tiny:
                yield from filter(_SIMPLE.fullmatch, (one.strip() for one in rule[1].split(",")))
