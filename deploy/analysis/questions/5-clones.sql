-- Which ids have several host names? They may belong to cloned machines.
SELECT aws_id, count(DISTINCT hostname) AS hostnames
FROM ssmcheck_runs
WHERE aws_id IS NOT NULL AND hostname <> ''
GROUP BY aws_id
HAVING count(DISTINCT hostname) > 1
ORDER BY aws_id;
