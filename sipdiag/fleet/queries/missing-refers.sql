-- Calls that were to be transferred and saw no REFER.
SELECT day, input, call_id, platform, carrier, root_rule, root_sentence
FROM calls WHERE root_rule IN ('transfer/refer-missing', 'config/refer-missing-by-record') AND dup_of IS NULL ORDER BY start, call_id
