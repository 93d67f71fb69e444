"""The tenure of the only process on a file."""

from pathlib import Path

from storage.database import open_database
from storage.operators import Operators
from storage.redis_lease import RedisLease
from storage.redis_link import link_to
from storage.tenure import tenure_of
from tests.storage.conftest import in_a_file


def test_the_only_process_always_serves_the_desk(tmp_path: Path) -> None:
    lost: list[str] = []
    tenure = tenure_of(in_a_file(tmp_path), lost=lost.append)
    assert (tenure.held, tenure.is_minded()) == (True, True)
    assert tenure.trouble() is None
    tenure.start()
    tenure.stop(1.0)
    assert tenure.held
    assert lost == []


def test_it_is_in_nobodys_way(tmp_path: Path) -> None:
    url = in_a_file(tmp_path)
    tenure = tenure_of(url, lost=lambda _: None)
    database = open_database(url, fence=tenure.fence)
    with database.write() as connection:
        tenure.fence(connection)
        Operators(database).set_language(1, "en")
    assert Operators(database).language(1) == "en"
    database.close()


def test_beside_a_redis_there_may_be_other_processes_on_the_file(tmp_path: Path) -> None:
    link = link_to("redis://127.0.0.1:9", desk="desk:1")
    tenure = tenure_of(in_a_file(tmp_path), lost=lambda _: None, link=link, desk="desk:1")
    assert isinstance(tenure, RedisLease)
    assert not tenure.held
