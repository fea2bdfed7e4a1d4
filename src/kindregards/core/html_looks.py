"""How text looks inside an HTML element, as far as it decides whether a reader sees it (CSS 2.2, CSS Color 4).

Inline styles and the old attributes for colours are read; units that need a screen, variables and pictures behind the
text are not: what cannot be told counts as visible.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

_Colour = tuple[int, int, int]

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
#: Attributes that change how text looks.
_STYLING = frozenset({"style", "color", "bgcolor", "background", "hidden"})
#: More of one style is not looked at.
_LONGEST_STYLE = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How text looks at one place of the tree; a colour is None where nobody can tell."""

    gone: bool = False
    invisible: bool = False
    tiny: bool = False
    ink: _Colour | None = (0, 0, 0)
    paper: _Colour | None = (255, 255, 255)
    hidden: bool = False  #: whether a reader does not see text that looks like this
    quotes: int = 0
    verbatim: bool = False


def restyled(look: Look, attributes: Mapping[str, str | None]) -> Look:
    """The look inside an element with these attributes, whose names are in lower case."""
    if _STYLING.isdisjoint(attributes):
        return look
    style = "".join((attributes.get("style") or "")[:_LONGEST_STYLE].lower().split())
    gone = look.gone or "hidden" in attributes or _hides(style)
    shown, size = _VISIBILITY.search(style), _SIZE.search(style)
    invisible = shown[1] != "visible" if shown else look.invisible
    tiny = _is_tiny(size) if size else look.tiny
    ink = _colour(_INK.search(style), attributes.get("color"), look.ink)
    paper = _colour(_PAPER.search(style), attributes.get("bgcolor") or attributes.get("background"), look.paper)
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


def _colour(style: re.Match[str] | None, attribute: str | None, inherited: _Colour | None) -> _Colour | None:
    """A colour as red, green, blue: the inherited one where nothing else is said, None where it cannot be told."""
    said = (style[1] if style else attribute or "inherit").strip().lower()
    if said in ("inherit", "transparent", "none"):
        return inherited
    if said in _NAMES:
        return _NAMES[said]
    digits = _HEX.match(said)
    if digits:
        pairs = digits.groups()[:3] if digits[1] else tuple(2 * digit for digit in digits.groups()[3:])
        return int(pairs[0], 16), int(pairs[1], 16), int(pairs[2], 16)
    decimal = _RGB.match(said)
    return (int(decimal[1]), int(decimal[2]), int(decimal[3])) if decimal else None


def _near(one: _Colour, other: _Colour) -> bool:
    return all(abs(a - b) <= _NEAR for a, b in zip(one, other, strict=True))
