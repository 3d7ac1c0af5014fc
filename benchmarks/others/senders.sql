-- Who may write as whom, as functions over the product's tables, for those who answer from PostgreSQL itself.

CREATE TYPE sender_candidate AS (
  account_id uuid, from_address text, display_name text, rule text, ready boolean
);
CREATE TYPE sender_excluded AS (account_id uuid, from_address text, reason text);

CREATE FUNCTION sender_candidates(company uuid, employee uuid, project uuid)
RETURNS SETOF sender_candidate LANGUAGE sql STABLE PARALLEL SAFE AS $$
  WITH line AS (
    SELECT a.*,
      CASE WHEN a.owner_id = employee
        THEN CASE a.scope_mode WHEN 'SELECTED' THEN 0 ELSE 1 END
        ELSE CASE a.scope_mode WHEN 'SELECTED' THEN 2 ELSE 3 END
      END AS tier
    FROM email_account a
    WHERE a.company_id = company AND a.owner_id IN (company, employee) AND a.status <> 'DISABLED'
      AND (a.scope_mode = 'ALL' OR EXISTS (
        SELECT FROM account_project p
        WHERE p.company_id = company AND p.account_id = a.id AND p.project_id = project))
      AND (a.owner_id = employee OR a.access_mode = 'ALL'
        OR EXISTS (
          SELECT FROM account_employee e
          WHERE e.company_id = company AND e.account_id = a.id AND e.employee_id = employee)
        OR EXISTS (
          SELECT FROM account_group g JOIN group_member m ON m.group_id = g.group_id
          WHERE g.company_id = company AND m.company_id = company
            AND g.account_id = a.id AND m.employee_id = employee))
  )
  SELECT l.id, s.address, coalesce(s.display_name, l.display_name),
    (ARRAY['EMPLOYEE_PROJECT', 'EMPLOYEE_UNLINKED', 'COMPANY_PROJECT', 'COMPANY_UNLINKED'])[l.tier + 1],
    l.status = 'READY'
  FROM line l CROSS JOIN LATERAL (
    SELECT l.address, NULL AS display_name, -1 AS position
    UNION ALL
    SELECT address, display_name, position FROM sender_alias
    WHERE company_id = company AND account_id = l.id AND proof <> 'REFUSED'
  ) s
  ORDER BY l.tier, l.position, l.created_at, l.id, s.position
$$;

CREATE FUNCTION sender_excluded(company uuid, employee uuid, project uuid)
RETURNS SETOF sender_excluded LANGUAGE sql STABLE PARALLEL SAFE AS $$
  WITH judged AS (
    SELECT a.*,
      CASE
        WHEN a.status = 'DISABLED' THEN 'DISABLED'
        WHEN a.owner_id NOT IN (company, employee) THEN 'OTHER_EMPLOYEE'
        WHEN a.owner_id = company AND a.access_mode <> 'ALL'
          AND NOT EXISTS (
            SELECT FROM account_employee e
            WHERE e.company_id = company AND e.account_id = a.id AND e.employee_id = employee)
          AND NOT EXISTS (
            SELECT FROM account_group g JOIN group_member m ON m.group_id = g.group_id
            WHERE g.company_id = company AND m.company_id = company
              AND g.account_id = a.id AND m.employee_id = employee)
          THEN 'NO_ACCESS'
        WHEN a.scope_mode <> 'ALL' AND NOT EXISTS (
          SELECT FROM account_project p
          WHERE p.company_id = company AND p.account_id = a.id AND p.project_id = project)
          THEN 'OTHER_PROJECT'
      END AS reason
    FROM email_account a WHERE a.company_id = company
  )
  SELECT j.id, coalesce(s.address, j.address), coalesce(j.reason, 'REFUSED_AS_SENDER')
  FROM judged j LEFT JOIN sender_alias s
    ON s.company_id = company AND s.account_id = j.id AND s.proof = 'REFUSED' AND j.reason IS NULL
  WHERE j.reason IS NOT NULL OR s.id IS NOT NULL
  ORDER BY j.position, j.created_at, j.id, s.position
$$;

CREATE FUNCTION email_account_last_test(account email_account)
RETURNS account_test LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT t.* FROM account_test t WHERE t.company_id = account.company_id AND t.account_id = account.id
  ORDER BY t.id DESC LIMIT 1
$$;
