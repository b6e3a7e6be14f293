"""Keep what comes in: mails and events as they came, their reports, suppressions, and the fates that others tell."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
DUE = sa.text("due_at IS NOT NULL")
FATES = ("delivered_at", "bounced_at", "complained_at", "replied_at")
KINDS = {
    "touchpoints": (
        "'joined', 'left', 'paused', 'note'",
        "'joined', 'left', 'paused', 'note', 'reply', 'bounced', 'complained', 'returned'",
    ),
    "letters": ("'confirm', 'sign_in', 'test'", "'confirm', 'sign_in', 'test', 'check_address'"),
}


def upgrade() -> None:
    for name in FATES:
        op.add_column("deliveries", sa.Column(name, MOMENT, nullable=True))
    op.add_column("deliveries", sa.Column("bounce_kind", sa.String(20), nullable=False, server_default=""))
    op.add_column("members", sa.Column("complained_at", MOMENT, nullable=True))
    _create_incoming()
    _create_reports()
    _create_suppressions()
    _allow(1)
    with op.batch_alter_table("touchpoints") as batch:
        batch.add_column(sa.Column("quoted", sa.Text(), nullable=False, server_default=""))
        batch.add_column(sa.Column("delivery_id", BIG_ID, nullable=True))
        batch.add_column(sa.Column("answered_at", MOMENT, nullable=True))
        batch.create_foreign_key(
            op.f("fk_touchpoints_delivery_id_deliveries"), "deliveries", ["delivery_id"], ["id"], ondelete="SET NULL"
        )
        batch.create_index(op.f("ix_touchpoints_delivery_id"), ["delivery_id"])


def downgrade() -> None:
    op.execute("DELETE FROM touchpoints WHERE kind IN ('reply', 'bounced', 'complained', 'returned')")
    op.execute("DELETE FROM letters WHERE kind = 'check_address'")
    with op.batch_alter_table("touchpoints") as batch:
        batch.drop_index(op.f("ix_touchpoints_delivery_id"))
        batch.drop_constraint(op.f("fk_touchpoints_delivery_id_deliveries"), type_="foreignkey")
        for name in ("answered_at", "delivery_id", "quoted"):
            batch.drop_column(name)
    _allow(0)
    for table in ("suppressions", "reports", "incoming"):
        op.drop_table(table)
    op.drop_column("members", "complained_at")
    for name in ("bounce_kind", *FATES):
        op.drop_column("deliveries", name)


def _allow(which: int) -> None:
    for table, kinds in KINDS.items():
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(op.f(f"ck_{table}_kind_known"), type_="check")
            batch.create_check_constraint(op.f(f"ck_{table}_kind_known"), f"kind IN ({kinds[which]})")


def _create_incoming() -> None:
    op.create_table(
        "incoming",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("way", sa.String(20), nullable=False),
        sa.Column("envelope_sender", sa.String(1000), nullable=False),
        sa.Column("envelope_recipient", sa.String(1000), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("worked_at", MOMENT, nullable=True),
        sa.Column("failed_at", MOMENT, nullable=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("sender", sa.String(320), nullable=False),
        sa.Column("subject", sa.String(300), nullable=False),
        sa.Column("dismissed_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "way IN ('smtp', 'pipe', 'imap', 'ses', 'postmark', 'mailgun', 'sendgrid')",
            name=op.f("ck_incoming_way_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incoming")),
        sa.UniqueConstraint("digest", name=op.f("uq_incoming_digest")),
    )
    op.create_index("ix_incoming_due", "incoming", ["due_at", "id"], sqlite_where=DUE, postgresql_where=DUE)
    op.create_index("ix_incoming_kind_received_at", "incoming", ["kind", "received_at"])
    op.create_index(op.f("ix_incoming_received_at"), "incoming", ["received_at"])


def _create_reports() -> None:
    op.create_table(
        "reports",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("incoming_id", BIG_ID, nullable=True),
        sa.Column("delivery_id", BIG_ID, nullable=True),
        sa.Column("member_id", BIG_ID, nullable=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("reply", sa.String(500), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("happened_at", MOMENT, nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "kind IN ('hard', 'soft', 'policy', 'complaint', 'auto_reply', 'delayed', 'delivered', 'reply', 'leave',"
            " 'ignored', 'unknown')",
            name=op.f("ck_reports_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["incoming_id"], ["incoming.id"], name=op.f("fk_reports_incoming_id_incoming"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name=op.f("fk_reports_delivery_id_deliveries"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_reports_member_id_members"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint("key", name=op.f("uq_reports_key")),
    )
    op.create_index(op.f("ix_reports_incoming_id"), "reports", ["incoming_id"])
    op.create_index("ix_reports_member_id_kind_happened_at", "reports", ["member_id", "kind", "happened_at"])
    op.create_index("ix_reports_delivery_id_kind", "reports", ["delivery_id", "kind"])


def _create_suppressions() -> None:
    op.create_table(
        "suppressions",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("member_id", BIG_ID, nullable=False),
        sa.Column("report_id", BIG_ID, nullable=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("reply", sa.String(500), nullable=False),
        sa.Column("since_at", MOMENT, nullable=False),
        sa.Column("lifted_at", MOMENT, nullable=True),
        sa.CheckConstraint("kind IN ('bounced', 'complained')", name=op.f("ck_suppressions_kind_known")),
        sa.CheckConstraint(
            "reason IN ('no_mailbox', 'too_often', 'complaint')", name=op.f("ck_suppressions_reason_known")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_suppressions_member_id_members"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_suppressions_report_id_reports"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppressions")),
    )
    op.create_index(op.f("ix_suppressions_member_id"), "suppressions", ["member_id"])
    op.create_index(op.f("ix_suppressions_report_id"), "suppressions", ["report_id"])
    op.create_index("ix_suppressions_lifted_at_since_at", "suppressions", ["lifted_at", "since_at"])
