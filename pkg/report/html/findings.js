// The findings: each cause with its fix, its evidence and the commands that prove it.

const maxEvidence = 6;

function findingID(i) {
  return 'finding-' + (i + 1);
}

// codeLink is a cause's code, which links to its finding if there is one.
function codeLink(code, report) {
  const id = report.drawn.get(code);
  const name = el('code', {}, breakable(code));
  return id ? el('a', { href: '#' + id }, name) : name;
}

function codeLinks(codes, report) {
  return entries(codes, (code, i) => [i === 0 ? '' : i === codes.length - 1 ? ' and ' : ', ', codeLink(code, report)],
    (words) => ', ' + words);
}

function findingsSection(report) {
  const numbered = report.findings.map((f, i) => ({ ...f, id: findingID(i) }));
  const heavy = numbered.filter((f) => f.severity !== 'info');
  const light = numbered.filter((f) => f.severity === 'info');
  // No finding takes more than a third of what is left for them.
  const draw = (list, element) => entries(list, (f) => {
    if (!report.drawn.has(f.code)) report.drawn.set(f.code, f.id);
    return share(0.35, () => element(f));
  }, moreLine);
  return [
    heavy.length > 0 && section('findings', heavy.length > 1 ? 'Causes' : 'Cause', draw(heavy, (f) => findingElement(f, report))),
    light.length > 0 && section('infos', headings.informational,
      draw(light, (f) => folded(f.id, [badge('skip', 'INFO'), el('h3', {}, el('code', {}, breakable(f.code)), ' ', breakable(f.title, maxLarge))], findingBody(f, report)))),
  ];
}

function findingElement(f, report) {
  return el('article', { class: 'finding tone-' + tone(f.severity), id: f.id, 'aria-labelledby': f.id + '-title' },
    el('div', { class: 'finding-head' },
      badge(tone(f.severity), severityWords.get(f.severity) ?? '????'), ' ', el('code', {}, breakable(f.code))),
    el('h3', { id: f.id + '-title' }, breakable(f.title, maxLarge)),
    findingBody(f, report));
}

function findingBody(f, report) {
  const fix = () => (f.lane ? part(headings.fix, 'fix', el('p', {}, el('a', { href: '#' + f.lane }, 'Where the path breaks'))) : fixPart(f, 'h4'));
  return [
    affects(f, report),
    el('div', { class: 'columns' },
      f.fix.length > 0 && share(0.4, fix),
      f.evidence.length > 0 && share(0.6, () => part(headings.evidence, 'seen', evidence(f.evidence)))),
    f.checks.length > 0 && part(headings.confirm, 'confirm', entries(f.checks, check, moreLine)),
    manualLink(f),
  ];
}

// manualLink leads to the cause's page in the manual, and nowhere else.
function manualLink({ code, url }) {
  if (!/^[a-z0-9-]{1,60}$/.test(code) || url !== given.manual + code) return null;
  return el('p', { class: 'quiet' }, el('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, 'The manual on ', breakable(code)),
    ', also printed by ', el('code', {}, breakable('ssmcheck explain ' + code)));
}

// fixPart is what to do about a finding, to be read and copied.
function fixPart(f, level) {
  const steps = el('div', {}, fixes(f));
  return el('div', { class: 'part fix' },
    el('div', { class: 'part-head' }, el(level, {}, headings.fix), copyButton('Copy', 'Copy the fix of ' + f.code, () => fixText(f), steps)),
    steps);
}

// fixText is the same as plain text.
function fixText(f) {
  return (f.fix.length === 1 ? f.fix : f.fix.map((step, i) => (i + 1) + '. ' + step)).map((line) => visible(line)).join('\n');
}

// fixes are what to do about a finding: its steps, which of them, and the agent's
// restart after them.
function fixes(f) {
  if (f.fix.length === 1) return el('p', {}, prose(f.fix[0]));
  const steps = f.restarts ? f.fix.slice(0, -1) : f.fix;
  const how = new Map([['any', 'Try in this order:'], ['all', 'Do all of these:']]).get(f.mode);
  return [
    steps.length > 1 && how && el('p', {}, how),
    el('ol', {}, entries(steps, (x) => el('li', {}, prose(x)), moreItem)),
    f.restarts && el('p', {}, 'Then ', prose(f.fix.at(-1))),
  ];
}

// check is a command and what to expect of it.
function check({ command: text, expect, control }) {
  return [command(text), expect && el('p', { class: 'quiet' }, '→ ', control && 'for comparison, this works: ', breakable(expect))];
}

function part(title, kind, ...body) {
  return el('div', { class: 'part ' + kind }, el('h4', {}, title), body);
}

function evidence(list) {
  const items = (some) => el('ul', {}, entries(some, (e) => el('li', {}, prose(e)), moreItem));
  if (list.length <= maxEvidence + 1) return items(list);
  return [items(list.slice(0, maxEvidence)), folded('', [(list.length - maxEvidence) + ' more lines'], items(list.slice(maxEvidence)))];
}

const maxQuoted = 20; // in one text

// prose is a sentence whose backticks mark code.
function prose(s) {
  const text = cut(s);
  const pieces = text.split('`');
  if (pieces.length > 2 * maxQuoted + 1 || spent()) return breakable(text, maxList);
  return pieces.map((piece, i, all) => (i % 2 === 1 && i < all.length - 1 ? el('code', {}, breakable(piece, maxList))
    : [i % 2 === 1 && '`', breakable(piece, maxList)]));
}

// affects names the targets, unless the title names each.
function affects(f, report) {
  const words = new Set(f.title.split(/[ ,;]/));
  if (f.targets.every((name) => words.has(name))) return null;
  const asked = f.targets.filter((name) => report.asked.has(name));
  const others = f.targets.length - asked.length;
  const names = asked.length === 0 ? f.targets : others > 0 ? [...asked, others + ' optional ' + (others > 1 ? 'targets' : 'target')] : asked;
  return el('p', { class: 'quiet' }, 'affects ', breakable(joinAnd(names)));
}

// command is one that can be copied. What is copied is what is seen, and part of
// a command is not offered.
function command(text) {
  const begin = cut(text);
  const shown = cut(visible(begin));
  const whole = begin === text && shown === visible(begin);
  const code = el('code', { tabindex: 0 }, breakable(shown, maxLarge));
  return el('div', { class: 'command' }, code, whole && copyButton('Copy', 'Copy the command ' + shown, () => shown, code));
}
