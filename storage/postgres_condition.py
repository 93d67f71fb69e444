"""How a PostgreSQL server and the database on it are, for whoever is about to start the bot."""

from storage.condition import Condition
from storage.errors import DatabaseUnusable, SchemaTooNew
from storage.migrations import MIGRATIONS, schema_version
from storage.postgres import POSTGRES, Session, session_of

ABOUT = """
    SELECT current_setting('server_version'), pg_database_size(current_database()),
        current_setting('transaction_read_only') = 'on'
    LIMIT 1"""
HOLDER = """
    SELECT holder, CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS BIGINT) - renewed_at / 1000, renewed_at
    FROM lease WHERE name = 'desk' LIMIT 1"""


def condition_of_server(url: str) -> Condition:
    """Changes nothing. Raises DatabaseUnusable and SchemaTooNew."""
    with session_of(url) as session:
        server, size, is_read_only = session.execute(ABOUT).fetchall()[0]
        version = schema_version(session, POSTGRES)
        served_by = _served_by(session) if version == len(MIGRATIONS) else None
        info = session.connection.info
        where = f"PostgreSQL {server.split()[0]} at {info.host}/{info.dbname}"
    if is_read_only:
        raise DatabaseUnusable("PostgreSQL", reason="it takes nothing, it is a replica or set to read only")
    if version > len(MIGRATIONS):
        raise SchemaTooNew(version, known=len(MIGRATIONS))
    return Condition(where, version or None, len(MIGRATIONS), size, None, served_by)


def _served_by(session: Session) -> str:
    row: tuple[str, int, int] | None = session.execute(HOLDER).fetchone()
    if row is None or not row[2]:
        return "nobody serves"
    return f"{row[0]} serves, seen {row[1]} s ago"
