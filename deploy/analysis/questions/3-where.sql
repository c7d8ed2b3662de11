-- In which VPCs do nodes fail, and how many of how many?
SELECT vpc_id,
  count(CASE WHEN verdict = 'fail' THEN 1 END) AS failing,
  count(*) AS nodes
FROM ssmcheck_nodes
GROUP BY vpc_id
ORDER BY failing DESC, nodes DESC, vpc_id;
