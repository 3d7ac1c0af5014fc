"""How long tests are kept: each account's newest always, the others for a while."""

from datetime import timedelta

from letterhead.store.clearing import delete_in_batches
from letterhead.store.database import now
from letterhead.trials.trial import TrialStatus

KEPT = timedelta(days=90)
OLD = """
    SELECT id FROM account_test t
    WHERE t.status <> $1 AND t.deadline_at <= $2
      AND NOT EXISTS (SELECT 1 FROM email_account a WHERE a.company_id = t.company_id AND a.test_id = t.id)
      AND (t.account_id IS NULL
           OR EXISTS (SELECT 1 FROM account_test n
                      WHERE n.company_id = t.company_id AND n.account_id = t.account_id
                        AND n.started_at > t.started_at))
"""


async def delete_old() -> int:
    """Finished tests that no account stands on any more; how many there were."""
    return await delete_in_batches("account_test", OLD, TrialStatus.RUNNING.value, now() - KEPT)
