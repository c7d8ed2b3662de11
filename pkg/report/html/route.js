// The path to a target as stations, and where it breaks: at the station that a cause
// belongs to, otherwise at the first that failed. Nothing is judged again.

const stationTitles = new Map([
  ['node', 'Node'], ['names', 'Nameserver'], ['proxy', 'Proxy'], ['address', 'Address'], ['tls', 'TLS'], ['service', 'Service'],
]);

// places say which station a cause belongs to.
const places = [
  ['node', /^(imds-|agent-|region-mismatch|role-missing|clock-skew|local-firewall|route-none)/],
  ['names', /^(dns-|vpc-resolver-)/],
  ['proxy', /^proxy-/],
  ['address', /^(endpoint-(partly-)?blocked|endpoint-not-private|egress-blocked|s3-blocked|connection-refused)/],
  ['tls', /^(tls-|sni-|mtu-|large-hello-)/],
  ['service', /^(http-|websocket-|s3-|credentials-|iam-|endpoint-policy-)/],
];

function placeOf(code) {
  return places.find(([, pattern]) => pattern.test(code))?.[0];
}

// faultsOf says which stations the causes belong to: those that name a target, those
// that a target may name, and one of the node itself.
function faultsOf(report) {
  const named = new Map(); // by target: severity and place
  const codes = new Set(); // severity and code
  let node = null;
  for (const f of report.findings) {
    const place = placeOf(f.code);
    codes.add(f.severity + ' ' + f.code);
    if (!node && f.severity === 'error' && f.targets.length === 0 && place === 'node') node = f;
    for (const name of f.targets) {
      if (!named.has(name)) named.set(name, new Set());
      named.get(name).add(f.severity + ' ' + place);
    }
  }
  return { named, codes, node };
}

// A station has a state: ok, bad (seen to fail) or off (not tried); who is there; the
// steps that were tried; remarks; the HTTP statuses.
function station(id, who, steps) {
  const tried = steps.filter((r) => r !== null && r !== undefined);
  const lost = tried.filter((r) => r.failure).length;
  return {
    id, who: unique(who.filter((w) => w !== '')), tried, remarks: [], statuses: [],
    state: tried.length === 0 ? 'off' : lost === tried.length ? 'bad' : 'ok',
    partly: lost > 0 && lost < tried.length,
  };
}

// wrongWords say what went wrong at a station: each kind of failure once, with
// the longest time that it took.
function wrongWords(s) {
  const kinds = new Map();
  const lost = s.tried.filter((r) => r.failure);
  for (const step of lost) {
    const key = failureKey(step);
    const same = kinds.get(key);
    kinds.set(key, { failure: step.failure, elapsed: Math.max(step.elapsed, same?.elapsed ?? 0), count: (same?.count ?? 0) + 1 });
  }
  const of = (k) => (k.count < s.tried.length ? k.count + ' of ' + s.tried.length + ': ' : '');
  return [...[...kinds.values()].map((k) => of(k) + describeFailure(k.failure, k.elapsed)), ...s.remarks];
}

function routeOf(target, report) {
  const stations = target.seen.proxy ? throughProxy(target, report) : direct(target, report);
  mark(stations, target, report);
  return { target, stations };
}

function nodeStation(report, attempts) {
  const own = unique(attempts.map((c) => c.connect?.local ?? '').filter((s) => s !== ''));
  return { ...station('node', [nodeWords(report), report.hostname, ...own], []), state: 'ok' };
}

function direct(target, report) {
  const { addresses, connections } = target.seen;
  const pinned = addresses.length > 0 && addresses.every((a) => a.from.length > 0 && a.from.every((f) => f === 'hosts'));
  const names = station('names', pinned ? ['hosts file'] : report.nameservers, [target.lookup]);
  if (!target.lookup && addresses.length > 0) names.state = 'ok';
  const tried = [...addresses, ...connections];
  const address = station('address', tried.map((a) => a.class + ' ' + a.address), tried.map((a) => a.connect));
  return [nodeStation(report, addresses), names, address, ...inside(addresses)];
}

function throughProxy(target, report) {
  const { proxy } = target.seen;
  const names = station('names', report.nameservers, [proxy.lookup]);
  if (!proxy.lookup && proxy.connect) names.state = 'ok';
  const steps = [proxy.connect, proxy.tunnel].filter((r) => r !== null);
  const box = station('proxy', [proxy.url], steps);
  if (steps.some((r) => r.failure)) Object.assign(box, { state: 'bad', tried: steps.filter((r) => r.failure) });
  if (proxy.tunnel?.failure && proxy.tunnel.socks) Object.assign(box, { tried: [], remarks: ['SOCKS5: ' + proxy.tunnel.socks] });
  if (proxy.tunnel?.failure && proxy.tunnel.status) Object.assign(box, { tried: [], remarks: ['status ' + proxy.tunnel.status + ' to CONNECT'] });
  return [nodeStation(report, [proxy]), names, box, ...inside([{ ...proxy.inside, socket: proxy.socket }])];
}

// inside are the stations behind a connection.
function inside(attempts) {
  const tls = station('tls', attempts.map((c) => c.handshake?.version ?? ''), attempts.map((c) => c.handshake));
  const doubts = unique(attempts.filter((c) => c.handshake && !c.handshake.failure && !c.handshake.verified)
    .map((c) => 'the certificate ' + certificateDoubt(c.handshake)));
  if (doubts.length > 0) {
    tls.remarks = doubts;
    if (tls.state === 'ok') tls.state = 'bad';
  }
  const service = station('service', [], attempts.map((c) => c.reply));
  service.statuses = unique(attempts.filter((c) => c.reply?.status).map((c) => String(c.reply.status)));
  const sockets = attempts.map((c) => ownSocket(c, c.socket)).filter((s) => s).map(socketStep).filter((r) => r.failure);
  if (service.state !== 'off') service.remarks.push(...unique(sockets.map((r) => 'WebSocket: ' + describeFailure(r.failure, r.elapsed))));
  return [tls, service];
}

// mark decides how each station is drawn: ok, doubt, broken, after (it failed
// too, behind the break) or off. A fault of the node itself is marked on every
// path, even to targets that are reached.
function mark(stations, target, report) {
  const broken = target.verdict === 'fail';
  const well = target.verdict === 'pass';
  const at = well ? -1 : breakOf(stations, target, report);
  const { node } = report.faults;
  stations.forEach((s, i) => {
    if (s.id === 'node' && node) {
      s.mark = 'broken';
      s.remarks.push(node.code);
    } else if (i === at) s.mark = broken ? 'broken' : 'doubt';
    else if (s.state === 'off') s.mark = 'off';
    else if (well || s.state === 'ok') s.mark = 'ok';
    else s.mark = at >= 0 && i > at ? 'after' : 'doubt';
  });
}

// breakOf is the first station that a cause of this target belongs to, otherwise the
// first that was seen to fail, if any.
function breakOf(stations, target, report) {
  const severity = target.verdict === 'fail' ? 'error' : 'warning';
  const { named, codes } = report.faults;
  const own = named.get(target.name);
  const because = new Set(target.because.filter((code) => codes.has(severity + ' ' + code)).map(placeOf));
  const found = stations.findIndex((s) => because.has(s.id) || own?.has(severity + ' ' + s.id));
  if (found >= 0) return found;
  const seen = stations.findIndex((s) => s.state === 'bad');
  return seen >= 0 ? seen : stations.findIndex((s) => s.partly);
}

// lanesOf joins the required targets that fared alike, the broken ones first.
function lanesOf(report) {
  const lanes = new Map();
  for (const target of report.targets) {
    if (!target.asked || target.verdict === 'skip') continue;
    const route = routeOf(target, report);
    const key = [target.verdict, ...target.because, target.reason, ...route.stations.map((s) => s.id + s.mark)].join(' ');
    if (!lanes.has(key)) lanes.set(key, []);
    lanes.get(key).push(route);
  }
  const weight = (lane) => ['fail', 'warn', '', 'pass'].indexOf(lane.targets[0].verdict);
  return [...lanes.values()].map(join).sort((a, b) => weight(a) - weight(b));
}

// join makes one lane of the routes of several targets.
function join(routes) {
  const stations = routes[0].stations.map((first, i) => {
    const all = (part) => routes.flatMap((route) => route.stations[i][part]);
    return { ...first, who: unique(all('who')), remarks: unique(all('remarks')), tried: all('tried'), statuses: unique(all('statuses')) };
  });
  return { targets: routes.map((route) => route.target), stations };
}
