"""HTML to text as a reader would see it (HTML Living Standard, as Lexbor parses it), hidden parts out and counted.

What CSS hides with an inline style, an attribute or a simple rule of an own style sheet is found; what needs layout,
pictures, media queries or scripts to be hidden is not. Links lose their addresses, pictures their texts.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from selectolax.lexbor import LexborHTMLParser, LexborNode

from kindregards.core.characters import visible
from kindregards.core.errors import HeldMessageError

#: Octets of UTF-8 that are given to the tree builder; a well-known web mail clips at the same place. It needs time in
#: the square of the attributes of one tag: 100 kB can hold 25,000 of them, 0.9 s.
LARGEST_HTML = 100 * 1024
#: It needs time in the square of the depth, too: 15,000 tags are 0.3 s at worst.
_MOST_TAGS = 15_000
_DEEPEST_QUOTE = 5
#: What can be large and is not read, by its first and last characters.
_BULKY = (("<!--", "-->"), ("<style", "</style"), ("<script", "</script"), ("base64,", '"'))

# Tags that the standard opens again in every later paragraph until they are closed ("the adoption agency"): 37 kB of
# them make a tree of 1.4 GB. They carry no layout, so they are renamed before the tree is built.
_REOPENED = re.compile(
    r"<(/?)(?:a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?=[\s/>])", re.ASCII | re.IGNORECASE
)
_SKIPPED = frozenset(
    "script style head title template noscript svg math iframe object embed audio video canvas select textarea".split()
)
_PARAGRAPHS = frozenset("p h1 h2 h3 h4 h5 h6 ul ol dl blockquote pre table form hr".split())
_LINES = frozenset(
    "div tr li dt dd article section header footer main nav aside address figure caption center body".split()
)

_HIDING = re.compile(
    r"display:none|mso-hide:all|opacity:0*(?:\.0+)?(?:[;!]|$)|max-height:0(?:px|pt|em|;|!|$)|clip:rect\(0"
    r"|(?:text-indent|left|top|margin-left|margin-top):-\d{3,}|transform:scale\(0\)"
)
_NO_EXTENT = re.compile(r"(?:^|;)(?:width|height):0(?:px|pt|em|[;!]|$)")
_VISIBILITY = re.compile(r"visibility:(hidden|collapse|visible)")
_SIZE = re.compile(r"font-size:(\d{0,6}\.?\d{1,6})(px|pt|em|rem|%)?|font:(0)(?:px|pt)?/")
_INK = re.compile(r"(?:^|;)color:([^;!]+)")
_PAPER = re.compile(r"(?:^|;)background(?:-color)?:([^;!]+)")
_HEX = re.compile(r"#(?:([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})|([0-9a-f])([0-9a-f])([0-9a-f]))(?![0-9a-f])")
_RGB = re.compile(r"rgba?\((\d{1,3}),(\d{1,3}),(\d{1,3})")
_NAMES = {"white": (255, 255, 255), "snow": (255, 250, 250), "ivory": (255, 255, 240), "black": (0, 0, 0)}
#: Colours nearer than this on every channel cannot be told apart.
_NEAR = 12
#: A font of this many pixels or points is there not to be read.
_TINY = 2.0

_COMMENT = re.compile(r"/\*.*?\*/|<!--|-->", re.DOTALL)
_AT_RULE = re.compile(r"@[^{};]*+\{(?:[^{}]*+\{[^{}]*+\})*+[^{}]*+\}|@[^{};]*+;")
_RULE = re.compile(r"([^{}]{1,500})\{([^{}]*)\}")
_SIMPLE = re.compile(r"[a-z0-9]*[.#][\w-]+", re.ASCII | re.IGNORECASE)
_MOST_RULES = 40
_SENTENCE = re.compile(r"(?:[^\W\d_]{2,30}[\s,;.!?'-]{1,5}){7}[^\W\d_]{2}")

_Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """The text of an HTML part; `hidden` is how many letters and digits a reader would not have seen.

    `cut` tells that it was too large and was not read to its end.
    """

    text: str
    hidden: int = 0
    cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """How text looks at one place of the tree; a colour is None where nobody can tell."""

    gone: bool = False
    invisible: bool = False
    tiny: bool = False
    ink: _Colour | None = (0, 0, 0)
    paper: _Colour | None = (255, 255, 255)
    hidden: bool = False  #: whether a reader does not see text that looks like this
    quotes: int = 0
    verbatim: bool = False


#: Attributes that change how text looks.
_STYLING = frozenset({"style", "color", "bgcolor", "background", "hidden"})


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
    return Rendered(text=text, hidden=page.hidden + invisible, cut=cut)


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
            opened.append(node.tag)
            node = child
            continue
        while opened and node is not None and node.next is None:
            node = node.parent
            page.leave(opened.pop())
        node = node.next if opened and node is not None else None


class _Page:
    """Lines of text as they grow, and the looks of the elements that are open."""

    def __init__(self, ruled_out: frozenset[int]) -> None:
        self.hidden = 0
        self._ruled_out = ruled_out
        self._looks = [_Look()]
        self._lines: list[str] = []
        self._line: list[str] = []

    def enter(self, node: LexborNode) -> LexborNode | None:
        """Take in a node; its first child where there is something inside it to be read."""
        tag = node.tag
        if tag == "-text":
            self._write(node.text_content or "")
            return None
        if tag in _SKIPPED or tag[0] == "-" or tag[0] == "!":
            self.hidden += _told_in_comment(node) if node.is_comment_node else 0
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

    def _look(self, node: LexborNode, tag: str) -> _Look:
        look, attributes = self._looks[-1], node.attributes
        if not _STYLING.isdisjoint(attributes):
            look = _restyled(look, attributes)
        if self._ruled_out and node.mem_id in self._ruled_out:
            look = replace(look, gone=True, hidden=True)
        if tag == "blockquote" and _cites(attributes):
            look = replace(look, quotes=look.quotes + 1)
        return replace(look, verbatim=True) if tag == "pre" else look

    def _write(self, text: str) -> None:
        look = self._looks[-1]
        if look.hidden:
            self.hidden += sum(character.isalnum() for character in text)
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


def _told_in_comment(node: LexborNode) -> int:
    """Letters of a comment that reads like sentences; conditional comments of mail programs and code are none."""
    text = node.comment_content or ""
    if text.lstrip().startswith(("[if", "<![")) or "{" in text or not _SENTENCE.search(text[:20_000]):
        return 0
    return sum(character.isalnum() for character in text)


def _cites(attributes: dict[str, str | None]) -> bool:
    return (attributes.get("type") or "").lower() == "cite" or "quote" in (attributes.get("class") or "").lower()


def _restyled(look: _Look, attributes: dict[str, str | None]) -> _Look:
    """The look inside an element with these attributes."""
    style = "".join((attributes.get("style") or "").lower().split())[:5_000]
    gone = look.gone or "hidden" in attributes or _hides(style)
    invisible, tiny, ink, paper = look.invisible, look.tiny, look.ink, look.paper
    if style:
        shown = _VISIBILITY.search(style)
        invisible = shown[1] != "visible" if shown else invisible
        size = _SIZE.search(style)
        tiny = _is_tiny(size) if size else tiny
    ink_said = _INK.search(style) or attributes.get("color")
    paper_said = _PAPER.search(style) or attributes.get("bgcolor") or attributes.get("background")
    if ink_said:
        ink = _colour(ink_said if isinstance(ink_said, str) else ink_said[1], look.ink)
    if paper_said:
        paper = _colour(paper_said if isinstance(paper_said, str) else paper_said[1], look.paper)
    if (gone, invisible, tiny, ink, paper) == (look.gone, look.invisible, look.tiny, look.ink, look.paper):
        return look
    hidden = gone or invisible or tiny or (ink is not None and paper is not None and _near(ink, paper))
    return replace(look, gone=gone, invisible=invisible, tiny=tiny, ink=ink, paper=paper, hidden=hidden)


def _hides(style: str) -> bool:
    if not style:
        return False
    return bool(_HIDING.search(style) or ("overflow:hidden" in style and _NO_EXTENT.search(style)))


def _is_tiny(size: re.Match[str]) -> bool:
    if size[3]:
        return True
    number, unit = float(size[1]), size[2]
    return number <= _TINY if unit in ("px", "pt", None) else number <= (10 if unit == "%" else 0.1)


def _colour(text: str, inherited: _Colour | None) -> _Colour | None:
    """A colour as red, green, blue; what it inherits where it says so, None where it cannot be told."""
    text = text.lower()
    if text in ("inherit", "transparent", "none"):
        return inherited
    if text in _NAMES:
        return _NAMES[text]
    digits = _HEX.match(text)
    if digits:
        pairs = digits.groups()[:3] if digits[1] else tuple(2 * digit for digit in digits.groups()[3:])
        return int(pairs[0], 16), int(pairs[1], 16), int(pairs[2], 16)
    decimal = _RGB.match(text)
    return (int(decimal[1]), int(decimal[2]), int(decimal[3])) if decimal else None


def _near(one: _Colour, other: _Colour) -> bool:
    return all(abs(a - b) <= _NEAR for a, b in zip(one, other, strict=True))


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
            style = "".join(rule[2].lower().split())
            size, shown = _SIZE.search(style), _VISIBILITY.search(style)
            if _hides(style) or (shown and shown[1] != "visible") or (size and _is_tiny(size)):
                yield from filter(_SIMPLE.fullmatch, (one.strip() for one in rule[1].split(",")))
