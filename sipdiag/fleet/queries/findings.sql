-- How often each rule fired, as what.
SELECT rule, severity, role, count(*) AS findings, count(DISTINCT call_key) AS calls
FROM findings GROUP BY ALL ORDER BY findings DESC, rule, severity, role
