-- The same fault at the same party, with three calls each to look at.
SELECT fault_key, root_rule, carrier, acts_as, count(*) AS calls, min(day) AS first_day, max(day) AS last_day,
       list(call_id ORDER BY start, call_id)[1:3] AS examples
FROM calls WHERE fault_key IS NOT NULL AND dup_of IS NULL GROUP BY ALL ORDER BY calls DESC, fault_key
