-- How calls ended, by day.
SELECT day, outcome, count(*) AS calls FROM calls WHERE dup_of IS NULL GROUP BY ALL ORDER BY day, calls DESC, outcome
