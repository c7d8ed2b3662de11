-- Which nodes have had no report for 25 hours?
SELECT node_id, hostname, started_at
FROM ssmcheck_nodes
WHERE started_at < current_timestamp - INTERVAL '25' HOUR
ORDER BY started_at, node_id;
