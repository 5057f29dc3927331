-- Loss, jitter and estimated listening quality by codec and direction.
SELECT coalesce(codec, 'unknown') AS codec, coalesce(direction, 'no call') AS direction, count(*) AS streams,
       round(100.0 * sum(lost) / nullif(sum(expected), 0), 3) AS lost_percent,
       round(quantile_cont(jitter_mean_ms, 0.95), 1) AS jitter_95_ms, round(median(mos_concealed), 2) AS median_mos
FROM streams GROUP BY ALL ORDER BY streams DESC, codec, direction
