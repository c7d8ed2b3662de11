// The attempts that settled a target, chosen as pkg/observation's Settled does. If an
// attempt failed and its unchanged repeat got further, the repeat counts; if it failed
// at the handshake and the agent may send another ClientHello, the attempt with that
// one counts.

const failureOf = (steps) => steps.map((step) => object(step).failure).find(isObject) ?? null;

// unsettled is why an attempt calls for a repeat: its failure, or an answer that
// says that the server could not answer.
function unsettled(attempt) {
  const failed = failureOf([attempt.connect, attempt.tunnel, attempt.handshake, attempt.reply]);
  if (failed || number(object(attempt.reply).status) < 500) return failed;
  return { op: 'reply', kind: 'status' };
}

// countsInstead gives the experiment that counts instead of an attempt, or null.
function countsInstead(attempt, experiments) {
  const failed = unsettled(attempt);
  if (!failed || ['undecided', 'interrupted', 'no-resources'].includes(failed.kind)) return null;
  const made = objects(experiments).filter((e) => string(e.not_made) === '' && passes(e, failed.op));
  return made.find((e) => e.kind === 'repeat')
    ?? (failed.op === 'handshake' && made.find((e) => e.stands_in === true) || null);
}

// passes reports whether an experiment got past the stage at which the attempt
// failed.
function passes(e, op) {
  const { connect, handshake, reply } = object(e.result);
  const good = (step) => isObject(step) && !isObject(step.failure);
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

function settledAttempt(attempt) {
  const instead = countsInstead(attempt, attempt.experiments);
  return instead ? object(instead.result) : attempt;
}

function settledSocket(socket) {
  const attempt = settledAttempt(socket);
  return attempt === socket ? socket : { ...attempt, upgraded: number(object(attempt.reply).status) === 101 };
}

function settledProxy(p) {
  const inside = object(p.inside);
  const attempt = { connect: p.connect, tunnel: p.tunnel, handshake: inside.handshake, reply: inside.reply };
  const instead = countsInstead(attempt, p.experiments);
  if (!instead || !isObject(instead.proxy)) return p;
  const { connect, handshake, reply } = object(instead.result);
  const { tunnel } = instead.proxy;
  const again = isObject(instead.proxy.lookup) || unsettled(attempt).op === 'lookup';
  return { ...p, lookup: (again ? instead.proxy : p).lookup, connect, tunnel, inside: { handshake, reply } };
}
