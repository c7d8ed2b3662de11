// The attempts that settled a target, as pkg/probe's Settled takes them: where an
// attempt failed and its unchanged repeat went on, the repeat counts; where it
// failed at the handshake and the agent may send another ClientHello, the attempt
// with that one counts.

const failureOf = (rungs) => rungs.map((rung) => object(rung).failure).find(isObject) ?? null;

// unsettled is why an attempt calls for a repeat: its failure, or an answer that
// says that the server could not answer.
function unsettled(climb) {
  const failed = failureOf([climb.connect, climb.tunnel, climb.handshake, climb.reply]);
  if (failed || number(object(climb.reply).status) < 500) return failed;
  return { op: 'reply', kind: 'status' };
}

// countsInstead gives the experiment that counts in place of a climb, null where
// none does.
function countsInstead(climb, experiments) {
  const failed = unsettled(climb);
  if (!failed || ['undecided', 'interrupted', 'no-resources'].includes(failed.kind)) return null;
  const made = objects(experiments).filter((e) => string(e.not_made) === '' && passes(e, failed.op));
  return made.find((e) => e.kind === 'repeat')
    ?? (failed.op === 'handshake' && made.find((e) => e.stands_in === true) || null);
}

// passes reports whether an experiment got beyond the stage at which the climb
// failed.
function passes(e, op) {
  const { connect, handshake, reply } = object(e.result);
  const good = (rung) => isObject(rung) && !isObject(rung.failure);
  const opened = !isObject(e.proxy) || good(e.proxy.tunnel);
  const shaken = opened && good(handshake);
  if (!good(connect)) return false;
  switch (op) {
    case 'lookup':
    case 'connect':
      return true;
    case 'proxy':
      return isObject(e.proxy) && opened;
    case 'handshake':
      return shaken;
    case 'reply':
    case 'upgrade':
      return shaken && good(reply) && number(reply.status) < 500;
  }
  return false;
}

function settledClimb(climb) {
  const instead = countsInstead(climb, climb.experiments);
  return instead ? object(instead.result) : climb;
}

function settledSocket(socket) {
  const climb = settledClimb(socket);
  return climb === socket ? socket : { ...climb, upgraded: number(object(climb.reply).status) === 101 };
}

function settledProxy(p) {
  const inside = object(p.inside);
  const climb = { connect: p.connect, tunnel: p.tunnel, handshake: inside.handshake, reply: inside.reply };
  const instead = countsInstead(climb, p.experiments);
  if (!instead || !isObject(instead.proxy)) return p;
  const { connect, handshake, reply } = object(instead.result);
  const { tunnel } = instead.proxy;
  const again = isObject(instead.proxy.lookup) || unsettled(climb).op === 'lookup';
  return { ...p, lookup: (again ? instead.proxy : p).lookup, connect, tunnel, inside: { handshake, reply } };
}
