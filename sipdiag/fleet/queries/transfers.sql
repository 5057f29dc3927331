-- Transfers by method and outcome.
SELECT coalesce(method, 'none') AS method, outcome, refer_status, count(*) AS transfers
FROM transfers GROUP BY ALL ORDER BY transfers DESC, method, outcome, refer_status
