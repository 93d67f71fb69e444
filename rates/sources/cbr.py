"""The Bank of Russia: one official table a working day, dated the next day.

`GET /scripts/XML_daily.asp`, with `?date_req=DD/MM/YYYY` for the table in force on that day: windows-1251, a decimal
comma, RUB per `Nominal` units; the nominal of a currency changes, so it is read each time. The bytes go to the XML
parser, which knows the charset from the first line.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING

from calc.directions import FIAT, Currency
from calc.snapshots import FiatTable
from rates.http import Http
from rates.payloads import garbage, number, refusal, shown

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MOSCOW = timezone(timedelta(hours=3))


class BankOfRussia:
    """Units per 1 USD, crossed through RUB. `as_of` is the midnight in Moscow from which the table is in force."""

    name = "cbr"

    def __init__(self, http: Http, *, url: str, utcnow: Callable[[], datetime]) -> None:
        self._http = http
        self._url = url
        self._utcnow = utcnow

    def fetch(self) -> FiatTable:
        """Raises SourceError."""
        return self._table(None)

    def past(self, day: date) -> FiatTable:
        """The table that was in force on a day, dated the day it came into force. Raises SourceError."""
        return self._table({"date_req": f"{day:%d/%m/%Y}"})

    def _table(self, params: Mapping[str, str] | None) -> FiatTable:
        answer = self._http.get(f"{self._url}/scripts/XML_daily.asp", source=self.name, params=params)
        if error := refusal(self.name, answer):
            raise error
        root = self._parsed(answer.body)
        rub_per = {code: self._rub_per_unit(root, code) for code in FIAT}
        rub_per_usd = rub_per.pop(Currency.USD)
        per_usd = {code: rub_per_usd / rub for code, rub in rub_per.items()}
        return FiatTable(
            per_usd={Currency.RUB: rub_per_usd, **per_usd},
            source=self.name,
            fetched_at=self._utcnow(),
            as_of=self._in_force(root),
        )

    def _parsed(self, body: bytes) -> "Element":
        # Here, because a desk that another source serves needs no XML.
        from xml.etree.ElementTree import TreeBuilder  # noqa: PLC0415
        from xml.parsers import expat  # noqa: PLC0415

        builder, parser = TreeBuilder(), expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = builder.start
        parser.EndElementHandler = builder.end
        parser.CharacterDataHandler = builder.data
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        try:
            parser.Parse(body, True)
        except (expat.ExpatError, LookupError, ValueError):
            raise garbage(self.name, "no XML") from None
        root = builder.close()
        if root.tag != "ValCurs":
            raise garbage(self.name, f"{shown(root.tag)} instead of ValCurs")
        return root

    def _refuse_doctype(self, *_: object) -> None:
        """The tables have none; entities, which a doctype declares, are how a small document fills a memory."""
        raise garbage(self.name, "a DOCTYPE")

    def _rub_per_unit(self, root: "Element", code: Currency) -> Decimal:
        for row in root.iter("Valute"):
            if row.findtext("CharCode") == code:
                value = number(self.name, row.findtext("Value", "").replace(",", "."), f"{code} value")
                return value / number(self.name, row.findtext("Nominal"), f"{code} nominal")
        raise garbage(self.name, f"{code} is missing")

    def _in_force(self, root: "Element") -> datetime:
        try:
            return datetime.strptime(root.get("Date", ""), "%d.%m.%Y").replace(tzinfo=MOSCOW).astimezone(UTC)
        except (ValueError, OverflowError):
            raise garbage(self.name, "no date") from None
