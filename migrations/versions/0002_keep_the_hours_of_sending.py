"""Keep the hours of sending: allowed hours of communities, local time per member, closing times of deliveries.

A member's time zone was never asked for, so the old default becomes “not known”.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("communities", sa.Column("send_from", sa.Time(), nullable=True))
    op.add_column("communities", sa.Column("send_until", sa.Time(), nullable=True))
    op.add_column("communities", sa.Column("send_days", sa.String(length=7), nullable=True))
    op.add_column("newsletters", sa.Column("send_local", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("deliveries", sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("deliveries", sa.Column("first_tried_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE members SET time_zone = '' WHERE time_zone = 'UTC'")


def downgrade() -> None:
    op.execute("UPDATE members SET time_zone = 'UTC' WHERE time_zone = ''")
    op.drop_column("deliveries", "first_tried_at")
    op.drop_column("deliveries", "closes_at")
    op.drop_column("newsletters", "send_local")
    op.drop_column("communities", "send_days")
    op.drop_column("communities", "send_until")
    op.drop_column("communities", "send_from")
