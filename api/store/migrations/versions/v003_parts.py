"""Changes of scenarios and contents of plans become parts by compartment, so that PostgreSQL guards them itself.

Of plans that were published, and of scenarios with changes, no parts for donors are there: they are the coalition's
alone again, until they are published or made anew.
"""

import sqlalchemy as sa
from alembic import op

from api.store.migrations.versions.v002_guards import guard

revision = "003"
down_revision = "002"

PARTS = ("scenario_parts", "plan_parts")
MOVED = ("changes", "job_id", "digest", "reason", "gap", "document", "content", "created_by")
HOME = "CASE WHEN compartment = '' THEN '*' ELSE compartment END"


def upgrade() -> None:
    """Make the parts, move into them what was in the rows, and guard them."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:  # the policies bind the owner of the tables too: without this nothing would be moved
        op.execute("SELECT set_config('casemate.compartments', '*', true)")
    _tables()
    moved = ", ".join(MOVED)
    op.execute(f"INSERT INTO plan_parts (plan_id, compartment, whole, {moved}) "
               f"SELECT id, {HOME}, 1, {moved} FROM plans")  # fmt: skip
    op.execute("UPDATE plans SET compartment = '*', published_at = NULL WHERE compartment = ''")
    op.execute(f"INSERT INTO scenario_parts (scenario_id, compartment, changes) SELECT id, {HOME}, changes "
               "FROM scenarios WHERE base IS NOT NULL")  # fmt: skip
    op.execute("UPDATE scenarios SET compartment = '*' WHERE compartment = '' AND base IS NOT NULL")
    for column in MOVED:
        op.drop_column("plans", column)
    op.drop_column("scenarios", "changes")
    for table in PARTS if postgresql else ():
        guard(table)


def _tables() -> None:
    op.create_table(
        "scenario_parts",
        sa.Column("scenario_id", sa.String(length=40), nullable=False),
        sa.Column("compartment", sa.Text(), server_default="", nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["scenario_id"], ["scenarios.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("scenario_id", "compartment"),
    )
    op.create_table(
        "plan_parts",
        sa.Column("plan_id", sa.String(length=40), nullable=False),
        sa.Column("compartment", sa.Text(), server_default="", nullable=False),
        sa.Column("whole", sa.Integer(), server_default="0", nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("job_id", sa.Text(), server_default="", nullable=False),
        sa.Column("digest", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("gap", sa.Double(), nullable=True),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_by", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("plan_id", "compartment"),
    )
