"""The schema, as the list of steps that lead to it; each step is one transaction together with its version row."""

from collections.abc import Callable, Sequence
from datetime import datetime

from storage.connections import Connection
from storage.dialects import SQLITE, Dialect
from storage.errors import SchemaTooNew
from storage.moments import to_text, utc_now

Migration = tuple[str, ...]

MIGRATIONS: tuple[Migration, ...] = (
    (
        # One row is one dialogue, state and data together, so that saving it is one statement.
        """CREATE TABLE dialogues (
            chat_id BIGINT NOT NULL,
            user_id BIGINT NOT NULL,
            thread_id BIGINT NOT NULL,
            business_id TEXT NOT NULL,
            bot_id BIGINT NOT NULL,
            state TEXT NOT NULL,
            data TEXT NOT NULL,
            updated_at TEXT NOT NULL,
            PRIMARY KEY (chat_id, user_id, thread_id, business_id, bot_id)
        )""",
        "CREATE INDEX dialogues_by_age ON dialogues (updated_at)",
        """CREATE TABLE inbox (
            update_id BIGINT NOT NULL PRIMARY KEY,
            body TEXT NOT NULL,
            received_at TEXT NOT NULL,
            done_at TEXT
        )""",
        # Serves both questions: what is not done (NULL), in order, and what was done before a moment.
        "CREATE INDEX inbox_by_end ON inbox (done_at, update_id)",
        "CREATE TABLE operators (user_id BIGINT NOT NULL PRIMARY KEY, language TEXT NOT NULL)",
        """CREATE TABLE last_margins (
            user_id BIGINT NOT NULL,
            direction TEXT NOT NULL,
            margin TEXT NOT NULL,
            PRIMARY KEY (user_id, direction)
        )""",
        "CREATE TABLE owners (user_id BIGINT NOT NULL PRIMARY KEY, added_at TEXT NOT NULL)",
        # A feed is either a market (close, bid, ask) or a table (per_usd); what does not apply is NULL.
        """CREATE TABLE snapshots (
            feed TEXT NOT NULL PRIMARY KEY,
            source TEXT NOT NULL,
            fetched_at TEXT NOT NULL,
            as_of TEXT,
            close TEXT,
            bid TEXT,
            ask TEXT,
            per_usd TEXT
        )""",
    ),
    (
        # Of a key no more than a hash is kept. `allowed` is the plan that its source told of.
        """CREATE TABLE key_calls (
            month TEXT NOT NULL,
            key_hash TEXT NOT NULL,
            used BIGINT NOT NULL,
            allowed BIGINT,
            failed_in_a_row BIGINT NOT NULL,
            last_at TEXT NOT NULL,
            PRIMARY KEY (month, key_hash)
        )""",
        "CREATE TABLE quota_warnings (month TEXT NOT NULL PRIMARY KEY, told_at TEXT NOT NULL)",
    ),
    (
        # RUB per 1 of the pair's first currency. `thinned`: 0 not yet, 1 the last of its hour, 2 the last of its day.
        """CREATE TABLE history (
            pair TEXT NOT NULL,
            at TEXT NOT NULL,
            rub TEXT NOT NULL,
            bid TEXT,
            ask TEXT,
            source TEXT NOT NULL,
            thinned BIGINT NOT NULL,
            PRIMARY KEY (pair, at)
        )""",
        # What waits to be thinned, the oldest first.
        "CREATE INDEX history_to_thin ON history (thinned, at, pair)",
    ),
    (
        # How many processes ended over an update, and why one was set aside unfinished; NULL for all the others.
        "ALTER TABLE inbox ADD COLUMN attempts BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE inbox ADD COLUMN parked_because TEXT",
    ),
    # How far back the history was filled, and when a source that counts calls was asked for it.
    ("CREATE TABLE history_marks (name TEXT NOT NULL PRIMARY KEY, at TEXT NOT NULL)",),
    (
        """CREATE TABLE typed_rates (
            pair TEXT NOT NULL,
            value TEXT NOT NULL,
            typed_by BIGINT NOT NULL,
            name TEXT NOT NULL,
            typed_at TEXT NOT NULL,
            until TEXT NOT NULL,
            ended_at TEXT,
            ended_by BIGINT,
            PRIMARY KEY (pair, typed_at)
        )""",
        "CREATE INDEX typed_rates_by_end ON typed_rates (until)",
        """CREATE TABLE overrides (
            id TEXT NOT NULL PRIMARY KEY,
            decided_by BIGINT NOT NULL,
            name TEXT NOT NULL,
            why TEXT NOT NULL,
            decided_at TEXT NOT NULL,
            direction TEXT NOT NULL,
            base TEXT NOT NULL,
            refused_for TEXT NOT NULL
        )""",
        "CREATE INDEX overrides_by_time ON overrides (decided_at)",
    ),
    (
        # What was sent: intended as soon as the row is there, known to have arrived with its result.
        """CREATE TABLE sent (
            origin TEXT NOT NULL,
            number BIGINT NOT NULL,
            place BIGINT NOT NULL,
            content TEXT NOT NULL,
            here_before BIGINT NOT NULL,
            anywhere_before BIGINT NOT NULL,
            result BIGINT,
            begun_at TEXT NOT NULL,
            PRIMARY KEY (origin, number)
        )""",
        "CREATE INDEX sent_by_place ON sent (place, result)",
        "CREATE INDEX sent_by_age ON sent (begun_at)",
    ),
    (
        """CREATE TABLE late_edits (
            place BIGINT NOT NULL,
            message BIGINT NOT NULL,
            version BIGINT NOT NULL,
            body TEXT NOT NULL,
            PRIMARY KEY (place, message)
        )""",
        "CREATE INDEX late_edits_by_version ON late_edits (version)",
    ),
    (
        # The numbers of quotes are never given twice, so AUTOINCREMENT; amounts are text, as exact as they were said.
        """CREATE TABLE quotes (
            number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
            key TEXT NOT NULL UNIQUE,
            author BIGINT NOT NULL,
            author_name TEXT NOT NULL,
            client TEXT NOT NULL,
            direction TEXT NOT NULL,
            margin TEXT NOT NULL,
            pays TEXT NOT NULL,
            gets TEXT NOT NULL,
            rate TEXT NOT NULL,
            rate_of TEXT NOT NULL,
            rate_per TEXT NOT NULL,
            base TEXT NOT NULL,
            earned_percent TEXT NOT NULL,
            profit_rub TEXT,
            profit_usdt TEXT,
            given_at TEXT NOT NULL,
            valid_until TEXT NOT NULL,
            state TEXT NOT NULL,
            requote_of BIGINT,
            decided_at TEXT,
            decided_by BIGINT
        )""",
        "CREATE INDEX quotes_by_state ON quotes (state, valid_until)",
        "CREATE INDEX quotes_by_time ON quotes (given_at)",
        "CREATE INDEX quotes_by_author ON quotes (author, given_at)",
        "CREATE INDEX quotes_by_client ON quotes (client, given_at)",
        "CREATE INDEX quotes_by_amount_paid ON quotes (pays, given_at)",
        "CREATE INDEX quotes_by_amount_got ON quotes (gets, given_at)",
    ),
    (
        """CREATE TABLE boards (
            chat_id BIGINT NOT NULL PRIMARY KEY,
            message_id BIGINT NOT NULL,
            owner BIGINT NOT NULL,
            language TEXT NOT NULL
        )""",
    ),
    (
        """CREATE TABLE alerts (
            chat_id BIGINT NOT NULL,
            owner BIGINT NOT NULL,
            rule TEXT NOT NULL,
            thread_id BIGINT,
            language TEXT NOT NULL,
            since TEXT NOT NULL,
            base TEXT,
            is_armed BIGINT NOT NULL,
            told_at TEXT,
            PRIMARY KEY (chat_id, owner, rule)
        )""",
        """CREATE TABLE alert_modes (
            user_id BIGINT NOT NULL,
            kind TEXT NOT NULL,
            mode TEXT NOT NULL,
            PRIMARY KEY (user_id, kind)
        )""",
    ),
    (
        # Different amounts, the latest first; what is unlike them is asked about.
        """CREATE TABLE last_amounts (
            user_id BIGINT NOT NULL,
            direction TEXT NOT NULL,
            currency TEXT NOT NULL,
            amounts TEXT NOT NULL,
            PRIMARY KEY (user_id, direction, currency)
        )""",
        "CREATE TABLE conventions (separator TEXT NOT NULL PRIMARY KEY, meaning TEXT NOT NULL)",
    ),
    (
        "ALTER TABLE last_amounts ADD COLUMN used_at TEXT NOT NULL DEFAULT ''",
        "CREATE INDEX last_amounts_by_use ON last_amounts (user_id, used_at)",
        # What was shown to choose from in other chats, until it is chosen or forgotten.
        """CREATE TABLE inline_offers (
            id TEXT NOT NULL PRIMARY KEY,
            author BIGINT NOT NULL,
            line TEXT NOT NULL,
            terms TEXT NOT NULL,
            valid_until TEXT NOT NULL,
            offered_at TEXT NOT NULL
        )""",
        "CREATE INDEX inline_offers_by_time ON inline_offers (offered_at)",
    ),
    (
        """CREATE TABLE audit (
            number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
            at TEXT NOT NULL,
            done_by BIGINT,
            name TEXT NOT NULL,
            kind TEXT NOT NULL,
            subject TEXT NOT NULL,
            details TEXT NOT NULL
        )""",
        "CREATE INDEX audit_by_time ON audit (at)",
        "CREATE INDEX audit_by_person ON audit (done_by, number)",
        "CREATE INDEX audit_by_kind ON audit (kind, number)",
        "CREATE INDEX audit_by_subject ON audit (subject, number)",
    ),
    (
        "ALTER TABLE quotes ADD COLUMN is_reverse BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE quotes ADD COLUMN decided_name TEXT NOT NULL DEFAULT ''",
        """CREATE TABLE quote_cards (
            chat_id BIGINT NOT NULL,
            message_id BIGINT NOT NULL,
            number BIGINT NOT NULL,
            language TEXT NOT NULL,
            kind TEXT NOT NULL,
            page TEXT NOT NULL,
            is_live BIGINT NOT NULL,
            made_at TEXT NOT NULL,
            PRIMARY KEY (chat_id, message_id)
        )""",
        "CREATE INDEX live_quote_cards ON quote_cards (is_live, number)",
        "CREATE INDEX quote_cards_by_age ON quote_cards (made_at)",
        # What the author of a quote was told last of the margin that it would earn.
        """CREATE TABLE quote_warnings (
            number BIGINT NOT NULL PRIMARY KEY,
            percent TEXT NOT NULL,
            is_held BIGINT NOT NULL
        )""",
    ),
    (
        # User 0 is the desk; an empty direction is all of them. Values are written as people read them.
        """CREATE TABLE margins (
            user_id BIGINT NOT NULL,
            kind TEXT NOT NULL,
            direction TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (user_id, kind, direction)
        )""",
    ),
    (
        # What quotes are found by: a name however it was typed, amounts without their cents. None was given yet.
        "ALTER TABLE quotes ADD COLUMN client_key TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE quotes ADD COLUMN pays_whole BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE quotes ADD COLUMN gets_whole BIGINT NOT NULL DEFAULT 0",
        "DROP INDEX quotes_by_client",
        "DROP INDEX quotes_by_amount_paid",
        "DROP INDEX quotes_by_amount_got",
        "CREATE INDEX quotes_by_client ON quotes (client_key, given_at)",
        "CREATE INDEX quotes_by_amount_paid ON quotes (pays_whole, given_at)",
        "CREATE INDEX quotes_by_amount_got ON quotes (gets_whole, given_at)",
        # Money in hundredths: whole numbers add up exactly in every database. Days are those of the zone beside.
        """CREATE TABLE day_totals (
            day TEXT NOT NULL,
            author BIGINT NOT NULL,
            direction TEXT NOT NULL,
            author_name TEXT NOT NULL,
            given BIGINT NOT NULL,
            accepted BIGINT NOT NULL,
            deals BIGINT NOT NULL,
            pays BIGINT NOT NULL,
            gets BIGINT NOT NULL,
            profit_rub BIGINT NOT NULL,
            profit_usdt BIGINT NOT NULL,
            without_rub BIGINT NOT NULL,
            without_usdt BIGINT NOT NULL,
            PRIMARY KEY (day, author, direction)
        )""",
        "CREATE TABLE day_zone (id BIGINT NOT NULL PRIMARY KEY, zone TEXT NOT NULL)",
    ),
    (
        # Those who were kept so far came through the link of the first start: `paired`. Amounts and percents are text.
        "ALTER TABLE owners RENAME TO members",
        "ALTER TABLE members ADD COLUMN role TEXT NOT NULL DEFAULT 'owner'",
        "ALTER TABLE members ADD COLUMN most_rub TEXT",
        "ALTER TABLE members ADD COLUMN least_percent TEXT",
        "ALTER TABLE members ADD COLUMN paired BIGINT NOT NULL DEFAULT 1",
        "CREATE TABLE people (user_id BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL)",
        # Of the code no more than a hash is kept: who reads the database gets in by none of them.
        """CREATE TABLE invites (
            number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
            code_hash TEXT NOT NULL UNIQUE,
            role TEXT NOT NULL,
            made_by BIGINT NOT NULL,
            maker_name TEXT NOT NULL,
            until TEXT NOT NULL,
            used_by BIGINT,
            ended_at TEXT
        )""",
        "CREATE INDEX invites_by_end ON invites (ended_at, until)",
        "CREATE INDEX invites_by_maker ON invites (made_by, ended_at)",
    ),
    ("ALTER TABLE people ADD COLUMN language TEXT NOT NULL DEFAULT ''",),
    (
        # `kept` is the dialogue as the second person sees it; `used_in` the screen from which a client got it.
        """CREATE TABLE approvals (
            number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
            key TEXT NOT NULL UNIQUE,
            asker BIGINT NOT NULL,
            asker_name TEXT NOT NULL,
            chat_id BIGINT NOT NULL,
            thread_id BIGINT,
            dialogue TEXT NOT NULL,
            about TEXT NOT NULL,
            bases TEXT NOT NULL,
            kept TEXT NOT NULL,
            asked_at TEXT NOT NULL,
            until TEXT NOT NULL,
            state TEXT NOT NULL,
            decided_by BIGINT,
            decider_name TEXT,
            decided_at TEXT,
            used_in TEXT
        )""",
        "CREATE INDEX approvals_by_quote ON approvals (asker, about, number)",
        "CREATE INDEX approvals_by_state ON approvals (state, until)",
        """CREATE TABLE approval_cards (
            approval BIGINT NOT NULL,
            chat_id BIGINT NOT NULL,
            message_id BIGINT NOT NULL,
            PRIMARY KEY (approval, chat_id)
        )""",
    ),
    (
        # Deeds are found by what they are about, too.
        "ALTER TABLE audit ADD COLUMN area TEXT NOT NULL DEFAULT 'desk'",
        "CREATE INDEX audit_by_area ON audit (area, number)",
        "CREATE INDEX audit_by_person_and_area ON audit (done_by, area, number)",
    ),
    # The copies of the nights.
    ("CREATE TABLE sent_copies (owner BIGINT NOT NULL PRIMARY KEY, at TEXT NOT NULL)",),
    (
        """CREATE TABLE step_days (
            day TEXT NOT NULL,
            step TEXT NOT NULL,
            count BIGINT NOT NULL,
            p50_us BIGINT NOT NULL,
            p95_us BIGINT NOT NULL,
            slowest_us BIGINT NOT NULL,
            PRIMARY KEY (day, step)
        )""",
    ),
    (
        # Written now and then to see whether that can be done.
        "CREATE TABLE pulse (name TEXT NOT NULL PRIMARY KEY, at TEXT NOT NULL)",
    ),
    (
        # Of several processes on one server: who serves the desk, in which tenure, and when it last said so (in ms).
        """CREATE TABLE lease (
            name TEXT NOT NULL PRIMARY KEY,
            holder TEXT NOT NULL,
            epoch BIGINT NOT NULL,
            renewed_at BIGINT NOT NULL
        )""",
    ),
    (
        # What the copies of dialogues outside are worth: those under `token`, when so many `writes` have reached them.
        """CREATE TABLE dialogue_copies (
            name TEXT NOT NULL PRIMARY KEY,
            token TEXT NOT NULL,
            writes BIGINT NOT NULL
        )""",
    ),
)
"""Steps are only ever appended: a database in use has taken the earlier ones."""

CREATE_VERSIONS = "CREATE TABLE schema_versions (version BIGINT NOT NULL PRIMARY KEY, applied_at TEXT NOT NULL)"
ADD_VERSION = "INSERT INTO schema_versions (version, applied_at) VALUES (?, ?)"
LAST_VERSION = "SELECT version FROM schema_versions ORDER BY version DESC LIMIT 1"


def schema_version(connection: Connection, dialect: Dialect = SQLITE) -> int:
    """0 for a database in which nothing was ever made."""
    if connection.execute(dialect.has_versions).fetchone() is None:
        return 0
    row: tuple[int] | None = connection.execute(LAST_VERSION).fetchone()
    return row[0] if row else 0


def migrate(
    connection: Connection,
    migrations: Sequence[Migration] = MIGRATIONS,
    *,
    dialect: Dialect = SQLITE,
    now: Callable[[], datetime] = utc_now,
) -> int:
    """Brings the schema up to the last version and returns it; writes nothing when it is there already.

    Two processes may start at once: each step takes the write lock first and looks at the version then, so one of them
    makes the step and the other one finds it made. Raises SchemaTooNew before anything is touched.
    """
    version = schema_version(connection, dialect)
    while version < len(migrations):
        version = _step(connection, migrations, dialect=dialect, applied_at=to_text(now()))
    if version > len(migrations):
        raise SchemaTooNew(version, known=len(migrations))
    return version


def _step(connection: Connection, migrations: Sequence[Migration], *, dialect: Dialect, applied_at: str) -> int:
    with dialect.transaction(connection):
        version = schema_version(connection, dialect)
        if version < len(migrations):
            if version == 0:
                connection.execute(CREATE_VERSIONS)
            for statement in migrations[version]:
                connection.execute(dialect.spelled(statement))
            version += 1
            connection.execute(ADD_VERSION, (version, applied_at))
    return version
