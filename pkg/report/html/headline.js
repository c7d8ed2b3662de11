// What is read first, and often nothing else is: the verdict and the causes.

function withSeverity(report, severity) {
  return report.findings.filter((f) => f.severity === severity);
}

const maxNamed = 3; // capabilities that a heading names; more are counted

// capabilityNames are the capabilities that keep takes, as the heading names them.
function capabilityNames(report, keep) {
  const all = report.capabilities;
  const kept = all.filter(keep);
  if (kept.length <= maxNamed) return joinAnd(kept.map((c) => capabilityTitle(c.name)));
  return (kept.length === all.length && all.every((c) => c.verdict === 'pass') ? 'all ' + all.length : kept.length + ' of ' + all.length) + ' capabilities';
}

// agentStopped reports whether the agent is not running. The verdict still judges the
// network.
function agentStopped(report) {
  return report.findings.some((f) => f.code === 'agent-stopped' && f.severity !== 'info');
}

// errorIgnored reports whether a capability or a target passes only because --ignore
// accepts its error, so that no reader takes it for working.
function errorIgnored(report, { verdict, reason }) {
  const accepted = report.findings.filter((f) => f.errorIgnored).map((f) => f.code);
  return verdict === 'pass' && reason.startsWith('ignored: ')
    && reason.slice('ignored: '.length).split(', ').some((code) => accepted.includes(code));
}

function ignoredWords(report) {
  const names = capabilityNames(report, (c) => errorIgnored(report, c));
  return names && 'errors are ignored for ' + names + ' (--ignore)';
}

function passWords(report) {
  const works = capabilityNames(report, (c) => c.verdict === 'pass' && !errorIgnored(report, c));
  return [works && works + ' can work from this node', ignoredWords(report)].filter((s) => s).join('; ') || 'nothing was requested';
}

function canWork(report) {
  return agentStopped(report) ? 'can work once the SSM Agent runs' : 'can work';
}

// headline is the verdict in words and the findings that it comes from.
function headline(report) {
  const { what, causes } = verdictHeadline(report);
  if (!agentStopped(report)) return { what, causes };
  if (causes.length === 1 && causes[0].code === 'agent-stopped') return { what: 'the network works; the SSM Agent is stopped', causes: [] };
  return { what: 'the SSM Agent is stopped; ' + what, causes };
}

// commonCause is what several errors have in common, if it is more than each says:
// that no connection at all is answered.
function commonCause(report, errors) {
  const codes = ['endpoint-blocked', 'egress-blocked', 's3-blocked'];
  const tried = report.targets.flatMap(({ seen }) => [...seen.addresses, ...seen.connections]);
  const silent = tried.length > 0 && tried.every((a) => a.connect?.failure?.kind === 'timeout') && report.targets.every(({ seen }) => !seen.proxy);
  if (errors.length < 2 || !silent || !errors.every((f) => codes.includes(f.code))) return null;
  const both = ['private', 'public'].every((kind) => tried.some((a) => a.class === kind));
  return { title: 'nothing answers this node on TCP port 443' + (both ? ', private or public' : ''), codes: errors.map((f) => f.code) };
}

function verdictHeadline(report) {
  const errors = withSeverity(report, 'error');
  if (report.contradictions.length > 0 && report.verdict !== 'fail') return { what: 'it is unknown what can work', causes: errors };
  if (report.undecided && report.verdict !== 'fail') return { what: undecidedWords(report), causes: errors };
  switch (report.verdict) {
    case 'pass':
      return { what: passWords(report), causes: [] };
    case 'warn': {
      const warnings = withSeverity(report, 'warning');
      const unsure = capabilityNames(report, (c) => c.verdict === 'warn' && c.because.length === 0);
      if (unsure) return { what: 'it is uncertain whether ' + unsure + ' can work', causes: warnings };
      const ignored = ignoredWords(report);
      return { what: (ignored ? ignored + '; everything else requested' : 'everything requested') + ' can work' + (agentStopped(report) ? ' once it runs' : '') + ', with ' + count(warnings.length, 'warning'), causes: warnings };
    }
    case 'fail': {
      const common = commonCause(report, errors);
      if (common) return { what: failing(report, errors), causes: [common] };
      const counted = report.capabilities.filter((c) => c.verdict === 'fail').length > maxNamed;
      const more = counted ? ', ' + errors.length + (errors.length === 1 ? ' cause' : ' causes')
        : errors.length > 1 ? ', for ' + count(errors.length, 'reason') : '';
      return { what: failing(report, errors) + more, causes: errors };
    }
    case 'skip':
      return { what: 'nothing was checked', causes: [] };
  }
  return { what: 'there is no verdict', causes: errors };
}

// failing names what fails: capabilities, buckets given with --bucket, or that
// the addresses are not of the expected class.
function failing(report, errors) {
  const what = [];
  const broken = capabilityNames(report, (c) => c.verdict === 'fail');
  if (broken !== '') what.push(broken + ' cannot work');
  const own = report.targets.filter((t) => t.own);
  const buckets = own.filter((t) => t.verdict === 'fail').map((t) => bucketName(t));
  if (buckets.length > 0) what.push('the ' + (buckets.length > 1 ? 'buckets ' : 'bucket ') + joinAnd(buckets) + ' (--bucket) cannot be used');
  const ownNames = new Set(own.map((t) => t.name));
  const elsewhere = errors.some((f) => f.targets.some((name) => !ownNames.has(name)));
  if (broken === '' && (buckets.length === 0 || elsewhere)) what.push(report.expect + ' addresses are expected, but some are not');
  return what.join(', and ');
}

function undecidedWords(report) {
  const ends = new Map([['deadline', 'the deadline passed'], ['interrupted', 'the run was interrupted']]);
  return (ends.get(report.ending) ?? 'the run ended') + ' before it was known whether everything requested can work';
}

// pageTitle is what the browser's tab says.
function pageTitle(report) {
  const codes = withSeverity(report, 'error').map((f) => f.code).join(', ');
  const verdict = report.verdict !== '' ? report.verdict.toUpperCase() : report.contradictions.length > 0 ? 'CONTRADICTORY' : 'no verdict';
  return [verdict + (codes && ' ' + codes), report.instance, report.region, 'ssmcheck'].filter((s) => s !== '').join(' · ');
}
