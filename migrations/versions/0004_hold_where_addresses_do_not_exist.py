"""Hold where addresses do not exist: when a newsletter was let go on, and an index that counts what was refused since."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

REASONS = {
    "no_mailbox": ("5.1.1", "5.1.2", "5.1.6", "5.1.10", "5.2.1"),
    "mailbox_full": ("5.2.2",),
}


def upgrade() -> None:
    op.add_column("newsletters", sa.Column("released_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_index("ix_deliveries_newsletter_id_state", table_name="deliveries")
    counted = ["newsletter_id", "state", "reason", "settled_at", "due_at"]
    op.create_index("ix_deliveries_account", "deliveries", counted, unique=False)
    for reason, codes in REASONS.items():
        said = " OR ".join(f"reply || ' ' LIKE '___ {code} %'" for code in codes)
        op.execute(
            f"UPDATE deliveries SET reason = '{reason}' WHERE state = 'failed' AND reason = 'refused' AND ({said})"
        )


def downgrade() -> None:
    named = ", ".join(f"'{reason}'" for reason in REASONS)
    op.execute(f"UPDATE deliveries SET reason = 'refused' WHERE state = 'failed' AND reason IN ({named})")
    op.drop_index("ix_deliveries_account", table_name="deliveries")
    op.create_index("ix_deliveries_newsletter_id_state", "deliveries", ["newsletter_id", "state"], unique=False)
    op.drop_column("newsletters", "released_at")
