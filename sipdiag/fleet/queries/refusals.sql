-- Final responses by carrier: which status, and how it was worded.
SELECT coalesce(l.carrier, 'unknown') AS carrier, l.status, l.reason, count(*) AS legs
FROM legs l WHERE l.state = 'refused' GROUP BY ALL ORDER BY legs DESC, l.status, l.reason, carrier
