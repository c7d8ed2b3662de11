-- How many nodes pass, warn, fail, and could not be judged?
SELECT verdict, count(*) AS nodes
FROM ssmcheck_nodes
GROUP BY verdict
ORDER BY nodes DESC, verdict;
