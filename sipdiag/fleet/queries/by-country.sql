-- Attempts, answered calls and refusals by the country called.
SELECT coalesce(to_country, 'unknown') AS country, count(*) AS attempts, count(*) FILTER (WHERE state = 'answered') AS answered,
       count(*) FILTER (WHERE state = 'refused') AS refused
FROM calls WHERE complete AND NOT scanner AND dup_of IS NULL GROUP BY ALL ORDER BY attempts DESC, country
