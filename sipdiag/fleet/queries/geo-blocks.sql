-- Calls that a geographic permission stopped, by carrier and country.
SELECT coalesce(carrier, 'unknown') AS carrier, to_country, root_rule, root_confidence, count(*) AS calls
FROM calls WHERE root_rule LIKE 'geo/%' AND dup_of IS NULL GROUP BY ALL ORDER BY calls DESC, carrier, to_country, root_rule
