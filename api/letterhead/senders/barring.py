"""Whose queued mail may not leave any more, as SQL over whole sets."""


def barred(message: str) -> str:
    """The condition under which the author of a row of ``message`` may not write from its account in its
    project, whatever state the account is in."""
    author, project = f"{message}.author_id", f"{message}.project_id"
    return f"""EXISTS (
        SELECT 1 FROM email_account a
        WHERE a.company_id = {message}.company_id AND a.id = {message}.account_id AND NOT (
            (a.scope_mode = 'ALL' OR EXISTS (
                SELECT 1 FROM account_project ap
                WHERE ap.company_id = a.company_id AND ap.project_id = {project} AND ap.account_id = a.id
            )) AND CASE WHEN a.employee_id IS NOT NULL THEN a.employee_id = {author}
            ELSE a.access_mode = 'ALL' OR EXISTS (
                SELECT 1 FROM account_employee ae
                WHERE ae.company_id = a.company_id AND ae.employee_id = {author} AND ae.account_id = a.id
            ) OR EXISTS (
                SELECT 1 FROM account_group ag
                JOIN group_member gm ON gm.company_id = ag.company_id AND gm.group_id = ag.group_id
                WHERE ag.company_id = a.company_id AND gm.employee_id = {author} AND ag.account_id = a.id
            ) END
        ))"""
