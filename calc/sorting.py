"""The tokens of a line sorted into parts: which number is an amount, the margin or the rate, and of which currency."""

from collections.abc import Iterator, Sequence

from calc.directions import Currency
from calc.numbers import PERCENT
from calc.parts import Parts, check_words, checked, understood
from calc.requests import LineError, Missing, Understood
from calc.roles import Group, Part
from calc.tokens import MOST_NUMBERS, Named, Number, Sign, Token, Word
from calc.words import PREPOSITIONS, VERBS, Hint

_AMOUNTS_PER_MARGIN = 100
"""Behind amounts a bare number this many times smaller than each of them is a margin: `rub usdt 100000 2`."""

_ADJECTIVE = ("ие", "ые", "их", "ых", "ими", "ыми")
_DETERMINERS = frozenset(("все", "всю", "эти", "те", "мои", "его", "их", "ее", "the", "my", "his"))
"""A preposition reaches over these to the currency behind; any other word takes it for itself (в офисе)."""

_SYMBOLS = "₽$€฿₮"
_PLAIN_HINTS = VERBS | {Hint.HOW_MUCH, Hint.COSTS}


def parts_of(tokens: Sequence[Token]) -> list[Parts]:
    """The ways in which a line falls into parts; LineError where a piece of it has no place."""
    known = understood(tokens)
    if not (known.amounts or known.currencies):
        raise LineError(Missing.ALL, known)
    if len(known.amounts) > MOST_NUMBERS:
        raise LineError(Missing.AMOUNTS, known)
    check_words(tokens, known)
    return [checked(each, known) for each in _Sorter(tokens, known).sort()]


class _Sorter:
    """Reads the tokens of one line once."""

    def __init__(self, tokens: Sequence[Token], known: Understood) -> None:
        self._tokens = tokens
        self._known = known
        self._found = Parts()
        self._plain: dict[int, Number] = {}

    def sort(self) -> list[Parts]:
        self._classify()
        self._build()
        return list(self._alternatives())

    def _at(self, place: int) -> Token | None:
        return self._tokens[place] if 0 <= place < len(self._tokens) else None

    def _hint(self, place: int) -> Hint | None:
        token = self._at(place)
        return token.hint if isinstance(token, Word) else None

    def _classify(self) -> None:
        for place, token in enumerate(self._tokens):
            if isinstance(token, Number):
                before = self._at(place - 1)
                marked = self._at(place + 1) is Sign.PERCENT or self._hint(place + 1) is Hint.PERCENT
                if marked or self._hint(place - 1) is Hint.MARGIN:
                    self._set_margin(token, absolute=bool(token.sign) and not marked)
                elif before is Sign.SLASH or before is Sign.TIMES:
                    self._set_rate(token, operation=before)
                elif self._hint(place - 1) is Hint.RATE:
                    self._set_rate(token, operation=None)
                else:
                    self._plain[place] = token
        if any(not number.sign for number in self._plain.values()):
            for place, number in list(self._plain.items()):
                if number.sign:
                    del self._plain[place]
                    self._set_margin(number, absolute=True)

    def _set_margin(self, number: Number, *, absolute: bool) -> None:
        if self._found.margin is not None:
            raise self._unclear(number)
        self._found.margin, self._found.absolute = number, absolute

    def _set_rate(self, number: Number, *, operation: Sign | None) -> None:
        """A second rate has no place, and neither has one that is no rate of an amount before it."""
        if self._found.rate is not None or (operation is not None and not self._plain):
            raise self._unclear(number)
        self._found.rate, self._found.operation = number, operation

    def _unclear(self, number: Number) -> LineError:
        return LineError(Missing.UNCLEAR, self._known, part=number.text)

    def _build(self) -> None:
        preposition: Hint | None = None
        run: list[Number] = []
        for place, token in enumerate(self._tokens):
            if place in self._plain:
                run.append(self._plain[place])
                continue
            joins = isinstance(token, Sign) or self._hint(place) is Hint.AND
            if run and not joins:
                group = Group(token.currency if isinstance(token, Named) else None, run, preposition)
                self._add(group, place - 1)
                run, preposition = [], None
                if isinstance(token, Named):
                    continue
            if isinstance(token, Named):
                if not self._is_unit(place, token):
                    symbol = token.text in _SYMBOLS
                    self._add(Group(token.currency, [], preposition, symbol=symbol), place)
                preposition = None
            elif isinstance(token, Word):
                preposition = self._hear(token, preposition)
        if run:
            self._add(Group(None, run, preposition), len(self._tokens) - 1)

    def _add(self, group: Group, last: int) -> None:
        """Keeps a group whose last token is there, and which currency stands right before its numbers."""
        self._found.parts.append(group)
        first = last
        while isinstance(self._at(first), Number) or self._hint(first) is Hint.AND:
            first -= 1
        named = self._at(first)
        before = self._found.parts[-2] if len(self._found.parts) > 1 else None
        if not (group.numbers and group.preposition is None and isinstance(named, Named) and isinstance(before, Group)):
            return
        prefixed = group.currency is None or (before.preposition is None and before.currency is not group.currency)
        if before.currency is named.currency and not before.numbers and prefixed:
            group.follows = before

    def _hear(self, word: Word, preposition: Hint | None) -> Hint | None:
        """The preposition that is in force behind a word."""
        if word.hint in PREPOSITIONS:
            return word.hint
        if word.hint in _PLAIN_HINTS:
            self._found.parts.append(word.hint)
        elif word.hint is None and not word.text.endswith(_ADJECTIVE) and word.text not in _DETERMINERS:
            return None
        return preposition

    def _is_unit(self, place: int, named: Named) -> bool:
        """`+0.5 руб` behind an amount in roubles: the currency is that of the margin and says nothing new."""
        if self._found.margin is None or self._at(place - 1) is not self._found.margin or not self._found.absolute:
            return False
        others = {token.currency for at, token in enumerate(self._tokens) if isinstance(token, Named) and at != place}
        if named.currency not in others:
            return False
        if named.currency is not Currency.RUB or Currency.IDR in others:
            raise self._unclear(self._found.margin)  # whether the rate is shown in these units is not known here
        return True

    def _alternatives(self) -> Iterator[Parts]:
        """With a bare number at the end as the margin, and as an amount where it can be one."""
        bare = [group for group in self._found.groups if group.currency is None]
        last = bare[-1].numbers[-1] if bare else None
        others = [number for group in self._found.groups for number in group.numbers if number is not last]
        if last is None or self._found.margin or self._found.rate or not others or not _is_percent(last):
            yield from _attachments(self._found)
            return
        with_margin = self._without(bare[-1])
        yield from _attachments(with_margin)
        far_smaller = all(_AMOUNTS_PER_MARGIN * last.readings[-1] <= other.readings[-1] for other in others)
        if len(bare[-1].numbers) > 1 and not far_smaller:
            yield from _attachments(self._found)

    def _without(self, group: Group) -> Parts:
        """The same parts, but the last number of a group is the margin."""
        shorter = Group(None, group.numbers[:-1], group.preposition, follows=group.follows)
        parts = [shorter if part is group else part for part in self._found.parts]
        return Parts([part for part in parts if part is not shorter or shorter.numbers], margin=group.numbers[-1])


def _attachments(found: Parts) -> Iterator[Parts]:
    """With numbers at the currency before them, behind them, or both ways where that is not known."""
    for group in found.groups:
        before = group.follows
        if before is None or not (before.symbol or found.currencies[0] is before.currency):
            continue
        yield _moved(found, group, before)
        if before.symbol or group.currency is None:
            return
    yield found


def _is_percent(number: Number) -> bool:
    bare = not (number.sign or number.written.power or number.thousands)
    return bare and any(PERCENT.allow(reading) for reading in number.readings)


def _moved(found: Parts, source: Group, target: Group) -> Parts:
    """The same parts with the numbers of one group at another."""
    emptied = [Group(source.currency, [], source.preposition)] if source.currency else []
    parts: list[Part] = []
    for part in found.parts:
        if part is target:
            parts.append(Group(target.currency, source.numbers, target.preposition))
        else:
            parts += emptied if part is source else [part]
    return Parts(parts, margin=found.margin, absolute=found.absolute, rate=found.rate, operation=found.operation)
