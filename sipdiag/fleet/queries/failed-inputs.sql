-- Inputs that could not be analysed, and why.
SELECT name, input, reason FROM inputs WHERE status = 'failed' ORDER BY name, input
