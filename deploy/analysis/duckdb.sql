-- DuckDB: the same views as for Athena, over files on this machine or in S3 (LOAD
-- httpfs). Replace reports/**/*.ndjson* with your path.
--   duckdb -init duckdb.sql -c ".read questions/2-causes.sql"

CREATE OR REPLACE VIEW ssmcheck_reports AS
SELECT * FROM read_json('reports/**/*.ndjson*', format = 'newline_delimited', ignore_errors = true, filename = true, columns = {
  schema: 'VARCHAR', started_at: 'VARCHAR', verdict: 'VARCHAR', undecided: 'BOOLEAN', interrupted: 'BOOLEAN', redacted: 'BOOLEAN',
  node: 'STRUCT(kind VARCHAR, hostname VARCHAR, instance_id VARCHAR, registration_id VARCHAR, address VARCHAR, vpc_id VARCHAR, subnet_id VARCHAR, region VARCHAR)',
  labels: 'MAP(VARCHAR, VARCHAR)',
  findings: 'STRUCT(code VARCHAR, severity VARCHAR, ignored BOOLEAN, object STRUCT(kind VARCHAR, id VARCHAR), title VARCHAR, fix VARCHAR[])[]'
});

CREATE OR REPLACE VIEW ssmcheck_runs AS
SELECT
  CASE WHEN redacted THEN filename || ' ' || started_at ELSE coalesce(
    nullif(node.instance_id, ''), nullif(node.registration_id, ''),
    nullif(coalesce(node.hostname, '') || ' ' || coalesce(node.address, ''), ' '),
    filename || ' ' || started_at) END AS node_id,
  coalesce(nullif(node.instance_id, ''), nullif(node.registration_id, '')) AS aws_id,
  node.hostname AS hostname, node.region AS region, node.vpc_id AS vpc_id, node.subnet_id AS subnet_id,
  labels,
  CAST(started_at AS TIMESTAMPTZ) AS started_at,
  filename AS source,
  CASE WHEN coalesce(interrupted, false) OR (verdict <> 'fail' AND coalesce(undecided, false)) OR verdict NOT IN ('pass', 'warn', 'fail')
    THEN 'undecided' ELSE coalesce(verdict, 'undecided') END AS verdict,
  findings
FROM ssmcheck_reports
WHERE schema = 'ssmcheck.report/v1' AND CAST(started_at AS TIMESTAMPTZ) <= current_timestamp + INTERVAL '5' MINUTE;

CREATE OR REPLACE VIEW ssmcheck_nodes AS
SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY node_id ORDER BY started_at DESC, source DESC) AS age FROM ssmcheck_runs)
WHERE age = 1;

CREATE OR REPLACE VIEW ssmcheck_findings AS
SELECT DISTINCT n.node_id, n.verdict, f.code, f.severity, coalesce(f.object.kind, '') AS object_kind, coalesce(f.object.id, '') AS object_id
FROM ssmcheck_nodes n
CROSS JOIN UNNEST(n.findings) AS t(f)
WHERE f.severity IN ('error', 'warning') AND NOT coalesce(f.ignored, false);
