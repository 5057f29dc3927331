-- Calls refused for their caller ID, by carrier and number.
SELECT coalesce(carrier, 'unknown') AS carrier, from_number, root_rule, count(*) AS calls
FROM calls WHERE root_rule LIKE 'caller-id/%' AND dup_of IS NULL GROUP BY ALL ORDER BY calls DESC, carrier, from_number, root_rule
