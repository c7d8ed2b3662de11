-- Which causes explain the failing nodes? Fix the largest first.
SELECT code, object_kind, object_id,
  count(DISTINCT CASE WHEN severity = 'error' AND verdict = 'fail' THEN node_id END) AS failing,
  count(DISTINCT node_id) AS nodes
FROM ssmcheck_findings
GROUP BY code, object_kind, object_id
ORDER BY failing DESC, nodes DESC, code, object_id;
