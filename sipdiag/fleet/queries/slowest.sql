-- The calls that took longest to ring or be answered.
SELECT day, input, call_id, carrier, to_country, delay_s, setup_s FROM calls
WHERE delay_s IS NOT NULL AND dup_of IS NULL ORDER BY delay_s DESC, call_id LIMIT 50
