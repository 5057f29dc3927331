-- What failed: root causes with their calls, first and last day, and who has to act.
SELECT root_rule, acts_as, count(*) AS calls, min(day) AS first_day, max(day) AS last_day, min(root_sentence) AS for_instance
FROM calls WHERE root_rule IS NOT NULL AND dup_of IS NULL GROUP BY ALL ORDER BY calls DESC, root_rule, acts_as
