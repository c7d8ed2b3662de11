// Words, as the text report has them.

const given = JSON.parse(document.getElementById('words').textContent);
const capabilityTitles = new Map(Object.entries(given.capabilities));
const failureWords = new Map(Object.entries(given.failures));

const verdictWords = new Map([['pass', 'PASS'], ['warn', 'WARN'], ['fail', 'FAIL'], ['skip', 'SKIP']]);
const severityWords = new Map([['error', 'FAIL'], ['warning', 'WARN'], ['info', 'INFO']]);

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

// duration is as short as it still tells something: to a tenth of a
// millisecond below one, to a millisecond below a second, to a tenth of a
// second above.
function duration(ms) {
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
  const least = duration(leastOf(times));
  const most = duration(mostOf(times));
  return least === most ? most : least + '–' + most;
}

function and(list) {
  if (list.length < 2) return list.join('');
  return list.slice(0, -1).join(', ') + ' and ' + list[list.length - 1];
}

// some names a few of a list, and counts the rest.
function some(list, most) {
  if (list.length <= most + 1) return and(list);
  return list.slice(0, most).join(', ') + ' and ' + (list.length - most) + ' more';
}

function count(n, word) {
  return n <= 1 ? 'a ' + word : n + ' ' + word + 's';
}

function unique(list) {
  return [...new Set(list)];
}

// waiting are the kinds of failures that end an attempt to which nothing came.
const waiting = ['timeout', 'undecided', 'interrupted'];

// failureKey is the same for attempts that failed alike.
function failureKey({ failure }) {
  const told = failureWords.has(failure.kind) || waiting.includes(failure.kind);
  return failure.kind + (told ? '' : failure.text);
}

// failed says why an attempt failed after a time.
function failed(failure, elapsed) {
  const took = elapsed > 0 ? ' (' + duration(elapsed) + ')' : '';
  switch (failure.kind) {
    case 'timeout':
      return 'no answer in ' + duration(elapsed);
    case 'undecided':
      return 'not decided in this run' + took;
    case 'interrupted':
      return 'interrupted' + took;
  }
  return (failureWords.get(failure.kind) ?? (failure.text || 'failed (' + failure.kind + ')')) + took;
}

function capabilityWords(report, c) {
  let s = 'not known whether it can work';
  let why = ', because of ';
  switch (c.verdict) {
    case 'pass':
      s = canWork(report);
      break;
    case 'warn':
      s = c.because.length > 0 ? canWork(report) : 'not sure to work';
      why = ', but see ';
      break;
    case 'fail':
      s = 'cannot work';
      break;
    case 'skip':
      s = 'not looked at';
      break;
  }
  return { state: s, why: c.because.length > 0 ? why : '' };
}

function bucketName(target) {
  return target.name.replace(/^s3:/, '');
}

// bucketWords says whether a bucket of one's own can be used.
function bucketWords(t) {
  const states = new Map([['pass', 'can be used'], ['warn', 'can be used'], ['fail', 'cannot be used']]);
  const why = t.verdict === 'warn' ? ', but see ' : ', because of ';
  return { state: states.get(t.verdict) ?? 'not known whether it can be used', why: t.because.length > 0 ? why : '' };
}

function nodeWords(node) {
  const kinds = new Map([['ec2', 'EC2 instance'], ['hybrid', 'server outside EC2']]);
  return kinds.get(node.kind) ?? 'node of a kind not known';
}

function roleWords(role) {
  if (role === 'behind-stub') return 'behind the stub';
  return role === 'vpc' ? 'knows the VPC’s private names' : 'asked by the system';
}

// moment is a time of the report as the text report writes it.
function moment(s) {
  const t = new Date(s);
  if (Number.isNaN(t.getTime())) return '';
  return t.toISOString().replace('T', ' ').replace(/\.\d+Z$/, ' UTC');
}
