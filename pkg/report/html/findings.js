// The findings: each cause with its evidence, its proof by hand and its fix.

const maxEvidence = 6;

function findingID(i) {
  return 'finding-' + (i + 1);
}

// codeLink is a cause's code, and leads to its finding where there is one.
function codeLink(code, report) {
  const i = report.findings.findIndex((f) => f.code === code);
  return i < 0 ? el('code', {}, code) : el('a', { href: '#' + findingID(i) }, el('code', {}, code));
}

function codeLinks(codes, report) {
  return codes.flatMap((code, i) => [i === 0 ? '' : i === codes.length - 1 ? ' and ' : ', ', codeLink(code, report)]);
}

function findingsSection(report) {
  const numbered = report.findings.map((f, i) => ({ ...f, id: findingID(i) }));
  const heavy = numbered.filter((f) => f.severity !== 'info');
  const light = numbered.filter((f) => f.severity === 'info');
  return [
    heavy.length > 0 && section('findings', heavy.length > 1 ? 'What was found' : 'The cause', heavy.map((f) => findingElement(f, report))),
    light.length > 0 && section('infos', 'Good to know; nothing asked for depends on it',
      light.map((f) => folded(f.id, [badge('skip', 'INFO'), el('code', {}, f.code), el('h3', {}, breakable(f.title))], findingBody(f, report)))),
  ];
}

function findingElement(f, report) {
  return el('article', { class: 'finding tone-' + tone(f.severity), id: f.id, 'aria-labelledby': f.id + '-title' },
    el('div', { class: 'finding-head' },
      badge(tone(f.severity), severityWords.get(f.severity) ?? '????'), el('code', {}, f.code)),
    el('h3', { id: f.id + '-title' }, breakable(f.title)),
    findingBody(f, report));
}

function findingBody(f, report) {
  return [
    concerns(f, report),
    el('div', { class: 'columns' },
      f.evidence.length > 0 && part('Seen', 'seen', evidence(f.evidence)),
      f.fix.length > 0 && part('Fix', 'fix', f.fix.length > 1
        ? el('ol', {}, f.fix.map((x) => el('li', {}, prose(x)))) : el('p', {}, prose(f.fix[0])))),
    f.confirm.length > 0 && part('Confirm by hand', 'confirm', f.confirm.map((c) => command(c))),
  ];
}

function part(title, kind, ...body) {
  return el('div', { class: 'part ' + kind }, el('h4', {}, title), body);
}

function evidence(list) {
  const items = (some) => el('ul', {}, some.map((e) => el('li', {}, prose(e))));
  if (list.length <= maxEvidence + 1) return items(list);
  return [items(list.slice(0, maxEvidence)), folded('', [(list.length - maxEvidence) + ' more lines'], items(list.slice(maxEvidence)))];
}

// prose is a sentence, with what stands in backticks as code.
function prose(s) {
  return s.split('`').map((piece, i, all) => (i % 2 === 1 && i < all.length - 1 ? el('code', {}, piece)
    : [i % 2 === 1 && '`', breakable(piece)]));
}

// concerns names the targets, unless the title names each.
function concerns(f, report) {
  const words = f.title.split(/[ ,;]/);
  if (f.targets.every((name) => words.includes(name))) return null;
  const asked = f.targets.filter((name) => report.targets.some((t) => t.asked && t.name === name));
  const others = f.targets.length - asked.length;
  const names = asked.length === 0 ? f.targets : others > 0 ? [...asked, others + ' not asked for'] : asked;
  return el('p', { class: 'quiet' }, 'concerns ', breakable(and(names)));
}

// command is one that can be copied. What is copied is what is seen.
function command(text) {
  const shown = visible(text);
  const code = el('code', { tabindex: 0 }, shown);
  return el('div', { class: 'command' }, code, copyButton('Copy', 'Copy the command ' + shown, () => shown, code));
}
