// Reading a report: one place that knows the JSON form, says in words what is
// wrong with a document, and gives the rest of the page values of known kinds.

// A ReportError is shown to a person as it is.
class ReportError extends Error {}

const isObject = (x) => typeof x === 'object' && x !== null && !Array.isArray(x);
const object = (x) => (isObject(x) ? x : {});
const objects = (x) => (Array.isArray(x) ? x.filter(isObject) : []);
const string = (x) => (typeof x === 'string' ? x : '');
const strings = (x) => (Array.isArray(x) ? x.filter((s) => typeof s === 'string') : []);

// A time or a status beyond any run's is drawn as the greatest: sums of two
// stay numbers.
const number = (x) => (Number.isFinite(x) && x >= 1e-6 ? Math.min(x, 1e12) : 0);

// readReport reads the text of one document.
function readReport(source) {
  if (source.trim() === '') throw new ReportError('the report is empty');
  const why = tooMany(source);
  if (why) throw new ReportError('the report is damaged: ' + why);
  let raw;
  try {
    raw = JSON.parse(source);
  } catch {
    throw new ReportError('the report is damaged: it is no JSON, or not whole');
  }
  checkSchema(object(raw).schema);
  for (const name of ['capabilities', 'targets', 'findings']) {
    if (!Array.isArray(raw[name]) || !raw[name].every(isObject)) {
      throw new ReportError('the report is damaged: its ' + name + ' are no list');
    }
  }
  // NDJSON has the judgement alone.
  const bare = raw.observations === undefined && typeof raw.verdict === 'string';
  if (!bare && !isObject(raw.observations)) throw new ReportError('the report has no observations');
  const plain = withoutProxySecrets(raw);
  if (plain !== raw) source = JSON.stringify(plain, null, 2);
  const report = { ...readJudgement(plain), ...readFacts(object(plain.observations), plain.targets), source, bare, made: {} };
  report.faults = faultsOf(report);
  report.contradictions = contradictions(report);
  return report;
}

// tooMany says which bound a document has more values than, as ReadJSON counts
// them: each comma and each bracket that opens, those within strings aside.
function tooMany(source) {
  let all = 0;
  let deepest = 0;
  let quoted = false;
  const lists = []; // the commas so far at each depth
  for (let i = 0; i < source.length; i++) {
    const c = source[i];
    if (quoted && c === '\\') i++;
    else if (c === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (c === '[' || c === '{') {
      all++;
      lists.push(0);
    } else if (c === ']' || c === '}') lists.pop();
    else if (c === ',' && lists.length > 0) {
      all++;
      lists[lists.length - 1]++;
      if (lists[lists.length - 1] >= given.max_list) return 'a list of the report is longer than a run makes one';
    }
    if (all > given.max_values) return 'the report has more values than a run makes';
    deepest = Math.max(deepest, lists.length);
  }
  return deepest > given.max_depth ? 'it is nested too deep' : '';
}

function checkSchema(schema) {
  if (schema === given.schema) return;
  if (typeof schema !== 'string' || schema === '') throw new ReportError('not a report of ssmcheck: it names no schema');
  const named = '“' + schema.slice(0, 100) + '”';
  if (schema.startsWith(given.family)) {
    throw new ReportError('the report has the schema ' + named + ', but this page reads “' + given.schema +
      '”: open it in a page of the version that wrote it, or of a newer one');
  }
  throw new ReportError('not a report of ssmcheck: its schema is ' + named);
}

function readJudgement(raw) {
  const node = object(raw.node);
  return {
    version: string(object(raw.tool).version),
    startedAt: string(raw.started_at),
    duration: number(raw.duration_ms),
    verdict: string(raw.verdict),
    undecided: raw.undecided === true,
    expect: string(raw.expect),
    expectFrom: string(raw.expect_from),
    region: string(node.region),
    regionFrom: string(node.region_from),
    kind: string(node.kind),
    hostname: string(node.hostname),
    instance: nodeNames(string(node.hostname), string(node.instance_id) || string(node.registration_id)),
    nodeID: string(node.instance_id) || string(node.registration_id),
    redacted: raw.redacted === true,
    labels: Object.entries(object(raw.labels)).map(([key, value]) => key + '=' + string(value)),
    notes: strings(raw.notes),
    capabilities: objects(raw.capabilities).map((c) => ({
      name: string(c.name), verdict: string(c.verdict), because: strings(c.because), reason: string(c.reason),
    })),
    findings: objects(raw.findings).map((f) => ({
      code: string(f.code), url: string(f.url), ...presented(f), targets: strings(f.targets),
      evidence: strings(f.evidence), checks: readChecks(f), fix: strings(f.fix), mode: string(f.fix_mode),
      restarts: objects(f.actions).some((a) => a.kind === 'restart-agent'), ignored: f.ignored === true,
      errorIgnored: f.ignored === true && f.severity === 'error',
    })),
  };
}

// readChecks gives the checks of a finding. An older version wrote commands alone.
function readChecks(f) {
  const checks = objects(f.checks).map((c) => ({ command: string(c.command), expect: string(c.expect), control: c.control === true }));
  return checks.length > 0 ? checks : strings(f.confirm).map((command) => ({ command, expect: '', control: false }));
}

// The node's host name, with its id in parentheses.
function nodeNames(name, id) {
  return name && id ? name + ' (' + id + ')' : name + id;
}

// The severity and the title. An ignored finding (--ignore) is information: nothing is
// to be done about it.
function presented(f) {
  const severity = string(f.severity);
  const title = string(f.title);
  return f.ignored === true ? { severity: 'info', title: (severity === 'info' ? 'ignored: ' : 'ignored ' + severity + ': ') + title } : { severity, title };
}

function readFacts(o, list) {
  const plan = object(o.plan);
  const node = object(o.node);
  const seen = new Map(objects(o.targets).map((t) => [string(t.name), t]));
  const needs = Object.entries(object(plan.needs)).map(([name, sets]) => [name, Array.isArray(sets) ? sets.map(strings) : []]);
  const needed = new Set(needs.flatMap(([, sets]) => sets.flat()));
  const lookups = new Map(objects(o.system_lookups).map((l) => [string(l.host), readLookup(l)]));
  const configured = objects(plan.servers).filter((s) => s.role === 'configured');
  const targets = new Map(); // one of a name: the first
  for (const t of list) {
    const name = string(t.name);
    if (!targets.has(name)) {
      targets.set(name, {
        name, host: string(t.host), port: number(t.port), asked: t.asked === true, verdict: string(t.verdict),
        reason: string(t.reason), breaks: string(t.breaks), because: strings(t.because), read: string(t.read),
        own: t.asked === true && !needed.has(name) && name.startsWith('s3:'), // requested with --bucket
        lookup: lookups.get(string(t.host)) ?? null,
        seen: readTarget(seen.get(name) ?? {}),
      });
    }
  }
  return {
    needs,
    planned: strings(plan.capabilities),
    ending: string(o.ending),
    deadline: number(plan.deadline_ms),
    expectGiven: !['', 'auto'].includes(string(plan.expect)),
    container: string(node.container),
    proxy: string(object(node.proxy).https),
    proxyFrom: string(object(node.proxy).from),
    proxyChoice: string(plan.proxy),
    proxyGiven: string(object(objects(plan.targets).find((t) => string(t.proxy) !== '')).proxy),
    registered: string(object(node.registration).region),
    metadataRegion: string(object(o.metadata).region),
    nameservers: configured.map((s) => bareServer(s.address)),
    nameserversFrom: string(object(configured[0]).from),
    servers: objects(o.servers).map(readServer),
    targets: [...targets.values()],
    asked: new Set([...targets.values()].filter((t) => t.asked).map((t) => t.name)),
    repeated: list.length - targets.size,
  };
}

// addressText is an address without its zone, unless the zone has the form of an
// interface's name or number: ReadJSON drops any other, too.
function addressText(x) {
  return string(x).replace(/%(.*?)(\]:\d+)?$/s, (all, zone, port) => (/^[\w.-]{1,64}$/.test(zone) ? all : port ?? ''));
}

// bareServer is a nameserver's address, with its port only if that is not 53.
function bareServer(address) {
  return addressText(address).replace(/^\[?(.*?)\]?:53$/, '$1');
}

function readServer(s) {
  const single = (x, why) => (isObject(x) ? [{ ...readAnswer(x), why }] : []);
  return {
    address: bareServer(s.address), role: string(s.role), from: string(s.from), notAsked: string(s.not_asked),
    route: readFailure(s.route),
    answers: [
      ...objects(s.answers).map(readAnswer),
      ...single(s.witness, 'witness'), ...single(s.over_tcp, 'over TCP'), ...single(s.outside, 'a name that no target has'),
    ],
  };
}

function readAnswer(a) {
  return {
    name: string(a.name), type: string(a.type), rcode: string(a.rcode),
    addresses: strings(a.addresses).map(addressText),
    extended: strings(a.extended_errors), elapsed: number(a.elapsed_ms), failure: readFailure(a.failure), why: '',
  };
}

function readFailure(f) {
  return isObject(f) ? { kind: string(f.kind), text: string(f.text) } : null;
}

function readStep(x) {
  return isObject(x) ? { elapsed: number(x.elapsed_ms), failure: readFailure(x.failure) } : null;
}

function readLookup(l) {
  if (!isObject(l)) return null;
  const step = readStep(l);
  if (step.failure?.kind === 'other') step.failure.text = given.lookup_failed;
  return { host: string(l.host), addresses: strings(l.addresses).map(addressText), ...step };
}

function readAttempt(c) {
  const connect = readStep(c.connect);
  const handshake = readStep(c.handshake);
  const reply = readStep(c.reply);
  if (connect) {
    const { from, type, code } = object(c.connect.icmp);
    const sender = addressText(from);
    connect.icmp = sender && 'ICMP message from ' + sender + ': type ' + number(type) + ', code ' + number(code);
    connect.local = addressText(c.connect.local);
  }
  if (handshake) {
    const first = objects(c.handshake.certificates)[0];
    Object.assign(handshake, {
      version: string(c.handshake.version), verified: c.handshake.verified === true,
      notVerified: string(object(c.handshake.verify_failure).text),
      nameMatches: c.handshake.name_matches === true, trusted: c.handshake.trusted === true, inTime: c.handshake.in_time === true,
      issuer: string(object(first).issuer), organizations: strings(object(first).issuer_organizations),
    });
  }
  if (reply) {
    Object.assign(reply, {
      status: number(c.reply.status), requestID: string(c.reply.request_id), errorCode: string(c.reply.error_code),
    });
  }
  return { connect, handshake, reply };
}

function readSocket(w) {
  if (!isObject(w)) return null;
  const counts = settledSocket(w);
  return { ...readAttempt(counts), upgraded: counts.upgraded === true };
}

function readProxy(first) {
  if (!isObject(first)) return null;
  const p = settledProxy(first);
  const tunnel = readStep(p.tunnel);
  // Over SOCKS5 the words are the proxy's, and it has no status.
  if (tunnel) {
    tunnel.socks = string(p.tunnel.socks);
    tunnel.status = tunnel.socks ? 0 : number(p.tunnel.status);
  }
  // Without a tunnel no upgrade was sent, whatever the proxy answered.
  const open = tunnel && !tunnel.failure;
  return {
    url: string(p.url), lookup: readLookup(p.lookup), connect: readAttempt(p).connect, tunnel,
    inside: readAttempt(object(p.inside)), socket: open ? readSocket(p.websocket) : null,
  };
}

function readAddress(a) {
  return {
    address: addressText(a.address), class: string(a.class), from: strings(a.from),
    ...readAttempt(settledAttempt(a)), socket: readSocket(a.websocket),
  };
}

function readTarget(t) {
  return {
    notTried: string(t.not_tried),
    untried: strings(t.untried),
    proxy: readProxy(t.proxy),
    addresses: objects(t.addresses).map(readAddress),
    connections: objects(t.connections).map(readAddress), // to further addresses: no more than that was tried there
  };
}
