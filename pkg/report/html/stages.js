// The stages of each path to a target, as the waterfall and its numbers show
// them.

const stageTitles = new Map([
  ['lookup', 'DNS'], ['connect', 'TCP'], ['tunnel', 'CONNECT'], ['handshake', 'TLS'], ['reply', 'HTTP'], ['socket', 'WebSocket'],
]);

// pathsOf gives the paths that were tried: through the proxy, at each address, and
// the connections to further addresses that failed. Where there was no address,
// the lookup alone is one.
function pathsOf(target) {
  const { proxy, addresses } = target.seen;
  const well = target.verdict === 'pass';
  const paths = [];
  if (proxy) {
    paths.push(pathTo({ before: 'through ', place: proxy.url }, { lookup: proxy.lookup, connect: proxy.connect, tunnel: proxy.tunnel,
      handshake: proxy.inside.handshake, reply: proxy.inside.reply }, proxy.socket, well));
  }
  for (const a of addresses) {
    const name = { kind: a.class, before: ' ', place: a.address, after: proxy ? ' without the proxy' : '' };
    paths.push(pathTo(name, { lookup: proxy ? null : target.lookup, connect: a.connect, handshake: a.handshake, reply: a.reply }, a.socket, well));
  }
  for (const c of failedConnections(target.seen.connections)) {
    paths.push(pathTo({ kind: c.class, before: ' ', place: c.addresses.join(', ') }, { connect: c.connect }, null, well));
  }
  if (paths.length === 0 && target.lookup) paths.push(pathTo({ before: 'no address' }, { lookup: target.lookup }, null, well));
  return paths;
}

// failedConnections joins the addresses where a connection failed alike, with the
// longest time that it took.
function failedConnections(connections) {
  const alike = new Map();
  for (const { address, class: kind, connect } of connections) {
    if (!connect?.failure) continue;
    const key = JSON.stringify([kind, failureKey(connect), connect.icmp]);
    const same = alike.get(key) ?? { class: kind, addresses: [], connect };
    same.addresses.push(address);
    if (connect.elapsed > same.connect.elapsed) same.connect = connect;
    alike.set(key, same);
  }
  return [...alike.values()];
}

// furtherWords count the further addresses that need no row of their own.
function furtherWords({ connections, untried }) {
  const open = connections.filter((c) => c.connect && !c.connect.failure);
  const longest = mostOf(open.map((c) => c.connect.elapsed));
  return [
    open.length > 0 && open.length + ' more connected, in at most ' + humanDuration(longest),
    untried.length > 0 && untried.length + ' more not tried',
  ].filter((s) => s).join('; ');
}

function pathName({ kind, before, place, after }) {
  return [kind === undefined ? before : el('span', { class: 'class' }, kind + before),
    place && el('span', { class: place.length <= 32 && 'whole' }, breakable(place)), after];
}

function pathTo(name, steps, socket, well) {
  const stages = new Map();
  for (const [stage, step] of Object.entries(steps)) {
    if (step) stages.set(stage, step);
  }
  const upgrade = ownSocket(steps, socket);
  if (upgrade) stages.set('socket', socketStep(upgrade));
  return { name, stages, remarks: remarksOf(stages, upgrade, well) };
}

// ownSocket is the upgrade if it says more than the path: its own connection fails
// as the path's does where both find the address dead.
function ownSocket({ connect }, socket) {
  const alike = connect?.failure && socket?.connect?.failure && failureKey(connect) === failureKey(socket.connect);
  return alike ? null : socket;
}

// socketStep is the WebSocket upgrade as one stage. It has a connection of its
// own.
function socketStep(socket) {
  const steps = [socket.connect, socket.handshake, socket.reply].filter((r) => r !== null);
  return {
    elapsed: steps.reduce((sum, r) => sum + r.elapsed, 0),
    failure: steps.find((r) => r.failure)?.failure ?? null,
  };
}

// remarksOf says what the numbers do not. The status of a target that passes says
// nothing more: even an error from AWS proves the path.
function remarksOf(stages, socket, well) {
  const remarks = [];
  for (const [stage, step] of stages) {
    if (step.failure) {
      const words = stageTitles.get(stage) + ': ' + describeFailure(step.failure, step.elapsed);
      remarks.push({ bad: true, text: words + (step.icmp ? '; ' + step.icmp : '') });
    }
    if (stage === 'handshake' && !step.failure && !step.verified) remarks.push({ bad: true, text: 'the certificate ' + certificateDoubt(step) });
    if (stage === 'reply' && step.status && !well) remarks.push({ bad: false, text: statusWords(step) });
  }
  if (socket?.reply?.status && !well) remarks.push({ bad: false, text: 'WebSocket: status ' + socket.reply.status });
  return remarks;
}

function statusWords(reply) {
  return 'HTTP ' + reply.status + (reply.errorCode ? ' ' + reply.errorCode : '') + (reply.requestID ? ', from AWS' : '');
}

// certificateDoubt says why a certificate does not verify, the most informative
// reason first.
function certificateDoubt(handshake) {
  const by = handshake.issuer ? ' (issuer: ' + handshake.issuer + ')' : '';
  if (!handshake.nameMatches) return 'is not for this host' + by;
  if (handshake.notVerified) return 'was not verified: ' + handshake.notVerified;
  if (!handshake.trusted) return 'is not trusted by this node' + by;
  return handshake.inTime ? 'does not verify' : 'is expired or not yet valid';
}

// waits reports whether a stage ended without any answer: it lasted as long as its time
// limit, and is not drawn to scale.
function waits(step) {
  return waiting.includes(step.failure?.kind);
}

// inTurn are the stages that follow one another.
function inTurn(stages) {
  return [...stages].filter(([stage]) => stage !== 'socket');
}

// scaleOf is the time that a whole bar stands for: the longest path without the
// stages that got no answer, or with them if there is nothing else.
function scaleOf(paths) {
  const sum = (w, keep) => inTurn(w.stages).reduce((ms, [, step]) => ms + (keep(step) ? step.elapsed : 0), 0);
  return Math.max(mostOf(paths.map((w) => sum(w, (step) => !waits(step)))), 0) || Math.max(mostOf(paths.map((w) => sum(w, () => true))), 1);
}

// ticksOf divides a scale by round numbers.
function ticksOf(scale) {
  const rough = scale / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough);
  const ticks = [];
  for (let t = 0; t <= scale * 1.001 && ticks.length < 8; t += step) ticks.push(t);
  return ticks;
}
