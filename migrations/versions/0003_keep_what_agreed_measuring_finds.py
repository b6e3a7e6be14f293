"""Keep what agreed measuring finds: a newsletter's numbered links, hits, and the first open and click of a delivery."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for name in ("measured_at", "opened_at", "clicked_at"):
        op.add_column("deliveries", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "newsletter_links",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("newsletter_id", BIG_ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["newsletter_id"],
            ["newsletters.id"],
            name=op.f("fk_newsletter_links_newsletter_id_newsletters"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_newsletter_links")),
        sa.UniqueConstraint("newsletter_id", "number", name=op.f("uq_newsletter_links_newsletter_id_number")),
    )
    op.create_table(
        "hits",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("delivery_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("hit_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('open', 'click')", name=op.f("ck_hits_kind_known")),
        sa.CheckConstraint("(kind = 'click') = (number IS NOT NULL)", name=op.f("ck_hits_number_of_click")),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name=op.f("fk_hits_delivery_id_deliveries"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hits")),
    )
    op.create_index("ix_hits_delivery_id_kind_number", "hits", ["delivery_id", "kind", "number"], unique=False)


def downgrade() -> None:
    op.drop_table("hits")
    op.drop_table("newsletter_links")
    for name in ("clicked_at", "opened_at", "measured_at"):
        op.drop_column("deliveries", name)
