"""The tables of both databases, as migrations that are never edited once released: add a new one below."""

from sqlite_utils import Database, Migrations

state_migrations = Migrations("statusapp.state")
samples_migrations = Migrations("statusapp.samples")


@state_migrations()
def first_tables(db: Database) -> None:
    """Settings, what is remembered of monitors and channels, incidents with their story, the outbox, the audit log."""
    db.table("meta").create({"key": str, "value": str}, pk="key")
    db.table("document").create({"noun": str, "name": str, "body": str}, pk=("noun", "name"))
    db.table("watch").create({"name": str, "body": str}, pk="name")
    db.table("channel").create({"name": str, "body": str}, pk="name")
    db.table("incident").create(
        {
            "id": str,
            "number": int,
            "monitor": str,
            "purpose": str,
            "status": str,
            "severity": str,
            "opened_at": str,
            "resolved_at": str,
            "body": str,
        },
        pk="id",
        not_null={"number", "monitor", "purpose", "status", "opened_at", "body"},
    )
    db.table("incident").create_index(["number"], unique=True)
    db.table("incident").create_index(["opened_at"])
    # Recovery must cost what is open, never what once was: hence the partial indexes.
    db.execute("CREATE INDEX incident_open ON incident(id) WHERE status != 'resolved'")
    db.table("timeline").create(
        {"id": int, "incident": str, "at": str, "kind": str, "text": str, "by": str, "via": str, "source": str}, pk="id"
    )
    db.table("timeline").create_index(["incident", "id"])
    db.table("delivery").create(
        {"id": int, "incident": str, "channel": str, "action": str, "state": str, "created_at": str, "body": str},
        pk="id",
        not_null={"channel", "action", "state", "body"},
    )
    db.table("delivery").create_index(["incident"])
    db.execute("CREATE INDEX delivery_pending ON delivery(incident) WHERE state = 'pending'")
    db.table("blind").create({"id": int, "scope": str, "cause": str, "began_at": str, "ended_at": str}, pk="id")
    db.execute("CREATE UNIQUE INDEX blind_stretch ON blind(scope, began_at)")
    db.table("change").create({"id": int, "at": str, "summary": str, "link": str, "monitor": str, "by": str}, pk="id")
    db.table("audit").create({"id": int, "at": str, "by": str, "deed": str, "subject": str, "detail": str}, pk="id")


@state_migrations()
def silence_and_digest(db: Database) -> None:
    """What somebody muted, and what is still to be told without paging."""
    db.table("mute").create({"name": str, "body": str}, pk="name")
    db.table("digest").create({"name": str, "body": str}, pk="name")


@state_migrations()
def counterparts(db: Database) -> None:
    """What stands for our incidents at PagerDuty, until it is seen to be over there as well."""
    db.table("counterpart").create(
        {"opening": int, "incident": str, "settled": int, "body": str},
        pk="opening",
        not_null={"incident", "settled", "body"},
    )
    db.table("counterpart").create_index(["incident"])
    db.execute("CREATE INDEX counterpart_open ON counterpart(incident) WHERE settled = 0")


@state_migrations()
def errands(db: Database) -> None:
    """What is to be done at PagerDuty on behalf of people."""
    db.table("errand").create(
        {"id": int, "incident": str, "ended": str, "body": str}, pk="id", not_null={"incident", "ended", "body"}
    )
    db.execute("CREATE INDEX errand_pending ON errand(incident) WHERE ended = ''")


@state_migrations()
def ends_of_incidents(db: Database) -> None:
    """Figures ask which incidents lasted into a range: without an index that reads every body ever written."""
    db.table("incident").create_index(["resolved_at"])


@samples_migrations()
def first_history(db: Database) -> None:
    """Results, appended in the order they came: an index that begins with the monitor would cost ten times as much."""
    db.table("monitor").create({"id": int, "name": str}, pk="id")
    db.table("monitor").create_index(["name"], unique=True)
    db.execute(
        "CREATE TABLE result (at_ms INTEGER NOT NULL, monitor INTEGER NOT NULL, status INTEGER NOT NULL,"
        " latency_us INTEGER, error TEXT, message TEXT)"
    )
    db.table("result").create_index(["at_ms"])
    db.table("alive").create({"id": int, "at": str}, pk="id")


@samples_migrations()
def second_history(db: Database) -> None:
    """Finished hours packed, their sums by hour and day, and since when each monitor is known."""
    db.execute(
        "CREATE TABLE block (monitor INTEGER NOT NULL, at_ms INTEGER NOT NULL, body BLOB NOT NULL,"
        " PRIMARY KEY (monitor, at_ms))"
    )
    for grain in ("hour", "day"):
        db.execute(
            f"CREATE TABLE {grain} (monitor INTEGER NOT NULL, at_ms INTEGER NOT NULL, up INTEGER NOT NULL,"
            " degraded INTEGER NOT NULL, down INTEGER NOT NULL, unknown INTEGER NOT NULL, latency_us INTEGER NOT NULL,"
            " timed INTEGER NOT NULL, p50_us INTEGER, p95_us INTEGER, slowest_us INTEGER,"
            " PRIMARY KEY (monitor, at_ms)) WITHOUT ROWID"
        )
    db.execute("ALTER TABLE monitor ADD COLUMN first_ms INTEGER")
    db.execute("UPDATE monitor SET first_ms = (SELECT min(at_ms) FROM result WHERE result.monitor = monitor.id)")
