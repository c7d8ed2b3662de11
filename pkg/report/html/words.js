// Words: most are the text report's own, which the page is given as data.

const given = JSON.parse(document.getElementById('words').textContent);
const capabilityTitles = new Map(Object.entries(given.capabilities));
const failureWords = new Map(Object.entries(given.failures));

const verdictWords = new Map(Object.entries(given.verdicts));
const severityWords = new Map(Object.entries(given.severities));
const kindWords = new Map(Object.entries(given.kinds));
const serverRoles = new Map(Object.entries(given.roles));
const headings = given.headings;

// tones are the names of the colours; each goes with a word and a sign.
const tones = new Map([
  ['pass', 'pass'], ['warn', 'warn'], ['fail', 'fail'], ['skip', 'skip'],
  ['error', 'fail'], ['warning', 'warn'], ['info', 'skip'],
]);

function tone(verdict) {
  return tones.get(verdict) ?? 'warn';
}

function capabilityTitle(name) {
  return capabilityTitles.get(name) ?? name;
}

// humanDuration is precise to 0.1 ms below a millisecond, to a millisecond below a
// second, and to 0.1 s above.
function humanDuration(ms) {
  if (ms < 0.95) return ms.toFixed(1) + 'ms';
  if (ms < 1000) return Math.round(ms) + 'ms';
  return (ms / 1000).toFixed(1).replace(/\.0$/, '') + 's';
}

// leastOf and mostOf take lists of any length; the arguments of a call may be
// too many for the stack.
const leastOf = (list) => list.reduce((a, b) => Math.min(a, b), Infinity);
const mostOf = (list) => list.reduce((a, b) => Math.max(a, b), -Infinity);

// span is the least and the most of some durations.
function span(times) {
  const least = humanDuration(leastOf(times));
  const most = humanDuration(mostOf(times));
  return least === most ? most : least + '–' + most;
}

function joinAnd(list) {
  if (list.length < 2) return list.join('');
  return list.slice(0, -1).join(', ') + ' and ' + list[list.length - 1];
}

// joinMax names the first of a list, and counts the rest.
function joinMax(list, most) {
  if (list.length <= most + 1) return joinAnd(list);
  return list.slice(0, most).join(', ') + ' and ' + (list.length - most) + ' more';
}

function count(n, word) {
  return n <= 1 ? 'a ' + word : n + ' ' + word + 's';
}

function unique(list) {
  return [...new Set(list)];
}

// waiting are the kinds of failures that end an attempt without any answer.
const waiting = ['timeout', 'undecided', 'interrupted'];

// failureKey is the same for attempts that failed alike.
function failureKey({ failure }) {
  const hasWords = failureWords.has(failure.kind) || failure.kind === 'timeout';
  return failure.kind + (hasWords ? '' : failure.text);
}

// describeFailure says why an attempt failed, and after which time.
function describeFailure(failure, elapsed) {
  const took = elapsed > 0 ? ' (' + humanDuration(elapsed) + ')' : '';
  if (failure.kind === 'timeout') return 'no answer in ' + humanDuration(elapsed);
  return (failureWords.get(failure.kind) ?? (failure.text || 'failed (' + failure.kind + ')')) + took;
}

// outcomeWords say whether a capability or a bucket can do what verb says; can are the
// words if it can.
function outcomeWords({ verdict, because }, verb, can) {
  const states = new Map([['pass', can], ['warn', because.length > 0 ? can : 'may not ' + verb],
    ['fail', 'cannot ' + verb], ['skip', 'not checked']]);
  const why = verdict === 'warn' ? ', but see ' : ', because of ';
  return { state: states.get(verdict) ?? 'unknown whether it can ' + verb, why: because.length > 0 ? why : '' };
}

function bucketName(target) {
  return target.name.replace(/^s3:/, '');
}

const nodeWords = (node) => kindWords.get(node.kind) ?? kindWords.get('');

const roleWords = (role) => serverRoles.get(role) ?? serverRoles.get('');

// moment is a time as the text report writes it.
function moment(s) {
  const t = new Date(s);
  if (Number.isNaN(t.getTime())) return '';
  return t.toISOString().replace('T', ' ').replace(/\.\d+Z$/, ' UTC');
}
