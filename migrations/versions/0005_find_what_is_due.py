"""Find what is due without reading what is not: an index over the moments of rows that still have one."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

UNSETTLED = sa.text("state IN ('pending', 'claimed', 'handed_over')")
DUE = sa.text("due_at IS NOT NULL")


def upgrade() -> None:
    op.drop_index("ix_deliveries_unsettled", table_name="deliveries")
    op.create_index("ix_deliveries_due", "deliveries", ["due_at", "id"], sqlite_where=DUE, postgresql_where=DUE)


def downgrade() -> None:
    op.drop_index("ix_deliveries_due", table_name="deliveries")
    op.create_index(
        "ix_deliveries_unsettled",
        "deliveries",
        ["due_at", "id"],
        sqlite_where=UNSETTLED,
        postgresql_where=UNSETTLED,
    )
