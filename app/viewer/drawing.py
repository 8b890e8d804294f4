"""A trend as a picture with words beside it. Everything sent goes through `escape`."""

from markupsafe import Markup

from app.markup import escape
from app.viewer.trends import Point, Trend

SHORT = 28
SMALL, LARGE = (150, 44), (640, 200)
_EDGE, _RADIUS = 6, 3.5


def figure(trend: Trend, size: tuple[int, int] = SMALL, showing: str = "") -> Markup:
    """The picture and, beside it, its scale, its time, the range that is its band, and what is not drawn."""
    said = [f"Values {trend.scale}", trend.span, showing, f"Band: range given, {trend.range}" if trend.band else ""]
    said += [f"Not drawn: {'; '.join(trend.left_out)}"] if trend.left_out else []
    words = "".join(f"<span{_unbroken(one)}>{escape(one)}</span> " for one in said if one)
    return Markup(f'<div class="trend">{_picture(trend, size)}<p class="trend-words">{words}</p></div>')  # noqa: S704


def _unbroken(said: str) -> str:
    """Two dates, or two values with their unit, stay on one line."""
    return ' class="nowrap"' if len(said) <= SHORT else ""


def _picture(trend: Trend, size: tuple[int, int]) -> str:
    wide, high = size
    name = f"trend-{trend.number}"
    description = "; ".join([*trend.said, f"Range given: {trend.range}" if trend.band else "No range drawn"])
    return (
        f'<svg viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" role="img" '
        f'aria-labelledby="{name}" aria-describedby="{name}-d">'
        f'<title id="{name}">Trend of {escape(trend.test)}, {len(trend.points)} values</title>'
        f'<desc id="{name}-d">{escape(description)}</desc>'
        f"{_band(trend, size)}{''.join(_point(point, size) for point in trend.points)}</svg>"
    )


def _y(height: float, size: tuple[int, int]) -> float:
    return round(size[1] - _EDGE - height * (size[1] - 2 * _EDGE), 1)


def _band(trend: Trend, size: tuple[int, int]) -> str:
    """The range as a ground with a line at each end that it has; an open end reaches the edge of the picture."""
    if trend.band is None:
        return ""
    low, high = trend.band
    bottom = size[1] if low is None else _y(low, size)
    top = 0 if high is None else _y(high, size)
    edges = "".join(
        f'<path class="trend-edge" d="M0 {y}H{size[0]}"/>' for y, end in ((bottom, low), (top, high)) if end is not None
    )
    return f'<path class="trend-band" d="M0 {top}H{size[0]}V{bottom}H0z"/>{edges}'


def _point(point: Point, size: tuple[int, int]) -> str:
    x = round(_EDGE + point.along * (size[0] - 2 * _EDGE), 1)
    ys = [_y(height, size) for height in point.heights]
    joined = f'<path class="trend-pair" d="M{x} {ys[0]}V{ys[-1]}"/>' if len(ys) > 1 else ""
    return joined + "".join(f'<circle class="trend-point" cx="{x}" cy="{y}" r="{_RADIUS}"/>' for y in ys)
