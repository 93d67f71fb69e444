"""The screens of /alert: what there is, what can be added, and the sentences in which an alert is told."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta, tzinfo
from decimal import Decimal
from fractions import Fraction

from calc.alerts import Kind, Mode, Move, Rule, Threshold
from calc.directions import Currency
from calc.past import PAIRS, pair_of
from calc.rounding import floor_percent
from chat import formats
from chat.dialogue import Dialogue
from chat.keyboards import Button, in_rows, keyboard
from chat.screens import Screen
from chat.texts import MOSCOW, Texts
from desk.alert_book import Telling

LEVELS = (Decimal("0.01"), Decimal("0.02"), Decimal("-0.01"), Decimal("-0.02"))
"""How far from the rate of now the offered levels are."""
MOVES = (
    (Decimal("0.5"), timedelta(hours=1)),
    (Decimal(1), timedelta(hours=1)),
    (Decimal(2), timedelta(days=1)),
    (Decimal(3), timedelta(days=1)),
)
NEXT = {Mode.ON: Mode.SILENT, Mode.SILENT: Mode.OFF, Mode.OFF: Mode.ON}


@dataclass(frozen=True, slots=True)
class Face:
    """Who looks, in which language and zone."""

    owner: int
    language: str
    zone: tzinfo = field(default=MOSCOW, kw_only=True)

    @property
    def texts(self) -> Texts:
        return Texts(self.language, self.zone)

    def screen(self, lines: Sequence[str], rows: Sequence[Sequence[Button]]) -> Screen:
        """Its buttons belong to no dialogue and do not wear out."""
        return Screen("\n".join(lines), keyboard(Dialogue(id="", owner=self.owner, language=self.language), rows))


def overview(face: Face, rules: Sequence[Rule], modes: Sequence[tuple[Kind, Mode]], *, notice: str = "") -> Screen:
    texts = face.texts
    lines = [texts("alert.title")]
    if notice:
        lines = [notice, "", *lines]
    lines += [f"• {sentence(rule, texts)}" for rule in rules] or [texts("alert.nothing")]
    lines += ["", texts("alert.how")]
    rows: list[list[Button]] = [
        [(texts("button.alert_delete", rule=sentence(rule, texts)), "alert", f"delete.{rule}")] for rule in rules
    ]
    rows.append([(texts("button.alert_add"), "alert", "add")])
    for kind, mode in modes:
        label = texts("button.alert_mode", kind=texts(f"alert_kind.{kind}"), mode=texts(f"alert_mode.{mode}"))
        rows.append([(label, "alert", f"mode.{kind}")])
    return face.screen(lines, rows)


def ask_pair(face: Face, rules: Sequence[Rule] = ()) -> Screen:
    """Which pair; where a condition was given, each button is a whole rule, and it may be the time that is missing."""
    texts = face.texts
    if rules:
        buttons = [(sentence(rule, texts), "alert", f"new.{rule}") for rule in rules]
    else:
        buttons = [(pair, "alert", f"pair.{pair.partition('/')[0]}") for pair in PAIRS]
    wants_time = len(rules) > len({rule.pair for rule in rules})
    return face.screen(
        [texts("alert.ask_time" if wants_time else "alert.ask_pair")],
        [*in_rows(buttons, 1 if rules else 2), _back(texts)],
    )


def ask_condition(face: Face, currency: Currency, value: Decimal | None) -> Screen:
    """Levels around the rate of now, which `value` None says is not known, and moves."""
    texts, pair = face.texts, pair_of(currency)
    lines = [texts("alert.ask_condition", pair=pair)]
    rules: list[Rule] = []
    if value is not None:
        lines.append(texts("alert.now", pair=pair, value=rate(value, texts)))
        rules += [Threshold(pair, above=part > 0, level=_near(value, part)) for part in LEVELS]
    rules += [Move(pair, percent, within) for percent, within in MOVES]
    lines.append(texts("alert.or_type", example=f"/alert {pair.lower()} &gt; {_example(value, texts)}"))
    buttons = [(sentence(rule, texts), "alert", f"new.{rule}") for rule in rules]
    return face.screen(lines, [*in_rows(buttons, 1), _back(texts)])


def sentence(rule: Rule, texts: Texts) -> str:
    """`USDT/RUB выше 90`."""
    if isinstance(rule, Threshold):
        return texts(
            "alert.above" if rule.above else "alert.below", pair=rule.pair, level=formats.limit(rule.level, texts)
        )
    within = formats.span(rule.within, texts)
    return texts("alert.moves", pair=rule.pair, percent=formats.percent(rule.percent, texts), within=within)


def told(telling: Telling, texts: Texts) -> str:
    rule = telling.alert.rule
    if isinstance(rule, Threshold):
        return texts("alert.crossed", rule=sentence(rule, texts), now=rate(telling.value, texts))
    before, now = formats.alike([telling.since, telling.value], texts)
    part = floor_percent(Fraction(telling.value) / Fraction(telling.since) - 1)
    return texts(
        "alert.moved",
        rule=sentence(rule, texts),
        part=formats.signed_percent(part, texts),
        before=before,
        now=now,
    )


def rate(value: Decimal, texts: Texts) -> str:
    """To six significant digits, as many as a person compares."""
    return formats.number(Decimal(f"{value:.6g}"), texts)


def _near(value: Decimal, part: Decimal) -> Decimal:
    """Three significant digits: it stays on its side, half of the last one is half a percent at the most."""
    return Decimal(f"{Decimal(f'{value * (1 + part):.3g}'):f}")


def _example(value: Decimal | None, texts: Texts) -> str:
    return formats.limit(Decimal(90) if value is None else _near(value, LEVELS[0]), texts)


def _back(texts: Texts) -> list[Button]:
    return [(texts("button.back"), "alert", "list")]
