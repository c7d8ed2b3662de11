-- Athena: the reports of a fleet in S3, one per line (`ssmcheck -o ndjson`), under
-- s3://BUCKET/ssmcheck/dt=2026-01-15/…, plain or compressed with gzip. Replace BUCKET
-- with your bucket, and 2026-01-01 with the first day.

CREATE EXTERNAL TABLE ssmcheck_reports (
  `schema` string,
  started_at string,
  verdict string,
  undecided boolean,
  interrupted boolean,
  redacted boolean,
  node struct<kind:string, hostname:string, instance_id:string, registration_id:string, address:string,
              vpc_id:string, subnet_id:string, region:string>,
  labels map<string,string>,
  findings array<struct<code:string, severity:string, ignored:boolean, object:struct<kind:string,id:string>, title:string, fix:array<string>>>
)
PARTITIONED BY (dt string)
ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
WITH SERDEPROPERTIES ('ignore.malformed.json' = 'true')
LOCATION 's3://BUCKET/ssmcheck/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.dt.type' = 'date',
  'projection.dt.format' = 'yyyy-MM-dd',
  'projection.dt.range' = '2026-01-01,NOW',
  'storage.location.template' = 's3://BUCKET/ssmcheck/dt=${dt}/'
);

-- One row per report that ssmcheck fleet would use: of this schema, and not from the
-- future. A redacted report is a node of its own, named by "$path" and its time.
-- Damaged lines are NULL in every column: count them with `SELECT count(*) FROM
-- ssmcheck_reports WHERE "schema" IS NULL`. ssmcheck fleet names them.
CREATE OR REPLACE VIEW ssmcheck_runs AS
SELECT
  CASE WHEN redacted THEN "$path" || ' ' || started_at ELSE coalesce(
    nullif(node.instance_id, ''), nullif(node.registration_id, ''),
    nullif(coalesce(node.hostname, '') || ' ' || coalesce(node.address, ''), ' '),
    "$path" || ' ' || started_at) END AS node_id,
  coalesce(nullif(node.instance_id, ''), nullif(node.registration_id, '')) AS aws_id,
  node.hostname AS hostname, node.region AS region, node.vpc_id AS vpc_id, node.subnet_id AS subnet_id,
  labels,
  from_iso8601_timestamp(started_at) AS started_at,
  "$path" AS source,
  CASE WHEN coalesce(interrupted, false) OR (verdict <> 'fail' AND coalesce(undecided, false)) OR verdict NOT IN ('pass', 'warn', 'fail')
    THEN 'undecided' ELSE coalesce(verdict, 'undecided') END AS verdict,
  findings
FROM ssmcheck_reports
WHERE "schema" = 'ssmcheck.report/v1' AND from_iso8601_timestamp(started_at) <= current_timestamp + INTERVAL '5' MINUTE;

-- The newest report of each node.
CREATE OR REPLACE VIEW ssmcheck_nodes AS
SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY node_id ORDER BY started_at DESC, source DESC) AS age FROM ssmcheck_runs)
WHERE age = 1;

-- What is wrong with each node.
CREATE OR REPLACE VIEW ssmcheck_findings AS
SELECT DISTINCT n.node_id, n.verdict, f.code, f.severity, coalesce(f.object.kind, '') AS object_kind, coalesce(f.object.id, '') AS object_id
FROM ssmcheck_nodes n
-- ROW(x) keeps a finding in one column: UNNEST would split it into its members.
CROSS JOIN UNNEST(transform(n.findings, x -> ROW(x))) AS t(f)
WHERE f.severity IN ('error', 'warning') AND NOT coalesce(f.ignored, false);
