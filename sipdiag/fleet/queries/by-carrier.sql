-- Attempts, answered calls and median delays by carrier.
SELECT coalesce(carrier, 'unknown') AS carrier, count(*) AS attempts, count(*) FILTER (WHERE state = 'answered') AS answered,
       round(avg(talk_s), 1) AS mean_talk_s, round(median(delay_s), 2) AS median_delay_s
FROM calls WHERE complete AND NOT scanner AND dup_of IS NULL GROUP BY ALL ORDER BY attempts DESC, carrier
