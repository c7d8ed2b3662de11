'use strict';
// Draws the roll-up in #data. What it says becomes a text or an attribute's value,
// never markup. The table shows a page of its rows, so that 5,000 nodes stay smooth.
(() => {
const r = JSON.parse(document.getElementById('data').textContent);
const v = r.verdicts, e = r.explained;
const unseen = /[\p{C}\p{M}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}|[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/gu;
const visible = (x) => String(x).replace(unseen, (c) => '\\u{' + c.codePointAt(0).toString(16) + '}');
function el(name, attributes, ...children) {
  const e = document.createElement(name);
  for (const [k, v] of Object.entries(attributes || {})) {
    if (k === 'on') for (const [event, f] of Object.entries(v)) e.addEventListener(event, f);
    else if (v !== false && v !== undefined) e.setAttribute(k, v === true ? '' : visible(v));
  }
  for (const c of children.flat(Infinity)) if (c || c === 0) e.append(c instanceof Node ? c : visible(c));
  return e;
}
// A width is set by script: the policy allows no style attributes in markup.
const wide = (e, part) => { e.style.width = (100 * part) + '%'; return e; };
const count = (n, what) => n + ' ' + what + (n === 1 ? '' : 's');
const objectText = (o) => o ? (o.kind + ' ' + o.id).trim() : '';
const causeName = (c) => (c.code + ' ' + objectText(c.object)).trim();
const share = (n) => {
  const p = Math.round(100 * n / v.fail);
  return p === 0 && n ? '<1%' : p === 100 && n < v.fail ? '>99%' : p + '%';
};
const rest = e.failing - e.unexplained - e.nodes;
const nodeName = (n) => n.id ? n.id + (n.hostname ? ' (' + n.hostname + ')' : '') : n.hostname || '(no name)';
const verdicts = ['fail', 'undecided', 'warn', 'pass'];
const main = document.getElementById('main');
const section = (title, ...children) => children.flat().some(Boolean) && main.append(el('section', {}, el('h2', {}, title), children));
main.replaceChildren();

main.append(el('section', {},
  el('h1', {}, e.failing ? `${count(e.causes, 'cause')} ${e.causes === 1 ? 'explains' : 'explain'} ${e.nodes} of ${count(e.failing, 'failing node')}${rest > 0 ? '; other causes explain ' + rest : ''}` : `${count(v.nodes, 'node')}, none fails`),
  el('ul', { class: 'verdicts' }, verdicts.map((x) => el('li', { class: x }, el('b', {}, v[x]), ' ', x))),
  el('div', { class: 'meter', 'aria-hidden': 'true' }, verdicts.filter((x) => v[x]).map((x) => wide(el('i', { class: x }), v[x] / v.nodes))),
  el('p', { class: 'quiet' }, `${count(v.nodes, 'node')} from ${count(r.reports, 'report')}, ${r.rolled_up_at.replace('T', ' ').replace('Z', ' UTC')}`,
    e.unexplained ? `. The reports of ${e.unexplained} failing nodes name no error` : '', r.interrupted ? '. Interrupted: not everything was read' : '')));

const shown = r.causes.slice(0, 200);
section('Causes, what to fix first', shown.length > 0 && el('ol', { class: 'causes' }, shown.map((c, i) =>
  el('li', { class: c.severity },
    el('p', { class: 'head' }, el('b', {}, c.code), el('span', {}, objectText(c.object)),
      el('span', { class: 'n' }, c.failing ? `${c.failing} failing (${share(c.failing)})` : 'none failing', c.nodes > c.failing ? ` of ${count(c.nodes, 'node')}` : '')),
    el('div', { class: 'bar', 'aria-hidden': 'true' }, wide(el('i'), (c.failing || c.nodes) / Math.max(1, v.nodes))),
    el('p', {}, c.title),
    el('details', { open: i === 0 }, el('summary', {}, 'Fix and nodes'),
      el('ul', {}, c.fix.map((f) => el('li', {}, f))),
      el('p', { class: 'quiet' }, 'For example ' + c.examples.map(nodeName).join(', '))),
    el('button', { class: 'small', type: 'button', on: { click: () => choose(i) } }, 'Show its nodes')))),
  r.causes.length > shown.length && el('p', { class: 'quiet' }, `And ${r.causes.length - shown.length} more.`));

if (r.groups) {
  section('By ' + r.by, el('div', { class: 'scroll', tabindex: '0' }, el('table', {},
    el('thead', {}, el('tr', {}, el('th', {}, r.by), ['nodes', 'fail', 'warn', 'pass'].map((x) => el('th', { class: 'num' }, x)), el('th', {}, 'most fail because of'))),
    el('tbody', {}, r.groups.slice(0, 200).map((g) => el('tr', {}, el('td', {}, g.value || '(none)'), [g.nodes, g.fail, g.warn, g.pass].map((n) => el('td', { class: 'num' }, n)),
      el('td', {}, g.top_cause ? `${g.top_nodes} ${causeName({ code: g.top_cause, object: g.top_object })}` : '')))))));
}

// The table of nodes: one text a node to search in, made once.
const nodes = r.nodes.map((n) => ({ n, labels: Object.entries(n.labels || {}).map(([k, x]) => k + '=' + x), causes: n.causes.map((i) => r.causes[i].code) }));
for (const x of nodes) x.text = [x.n.id, x.n.hostname, x.n.address, x.n.region, x.n.vpc_id, x.n.subnet_id, x.n.verdict, x.labels, x.causes].flat().join(' ').toLowerCase();
const rank = { fail: 0, undecided: 1, warn: 2, pass: 3 };
const columns = [
  ['Verdict', (x) => rank[x.n.verdict], (x) => el('b', { class: x.n.verdict }, x.n.verdict)],
  ['Node', (x) => x.n.id || x.n.hostname || '', (x) => nodeName(x.n)],
  ['Causes', (x) => x.n.causes.length ? x.n.causes[0] : 1e9, (x) => x.n.causes.map((i) => causeName(r.causes[i])).join('; ')],
  ['Region', (x) => x.n.region || '', (x) => x.n.region],
  ['VPC', (x) => x.n.vpc_id || '', (x) => x.n.vpc_id],
  ['Labels', (x) => x.labels.join(), (x) => x.labels.join(', ')],
  ['Last report', (x) => x.n.last_report, (x) => x.n.last_report.slice(0, 16).replace('T', ' ')],
];
const pageSize = 100;
let sorted = 0, down = false, page = 0, found = nodes;
const distinct = (f) => [...new Set(nodes.flatMap(f).filter(Boolean))].sort().slice(0, 500);
const filters = [
  ['Region', distinct((x) => x.n.region), (x, s) => x.n.region === s],
  ['VPC', distinct((x) => x.n.vpc_id), (x, s) => x.n.vpc_id === s],
  ['Label', distinct((x) => x.labels), (x, s) => x.labels.includes(s)],
  ['Verdict', verdicts.filter((x) => v[x]), (x, s) => x.n.verdict === s],
].filter(([, values]) => values.length > 1);
const option = (value, text) => el('option', { value }, text);
const selects = filters.map(([, values]) => el('select', { on: { change: search } }, option('', 'all'), values.map((s) => option(s, s))));
const byCause = el('select', { id: 'cause', on: { change: search } }, option('', 'all'), r.causes.slice(0, 500).map((c, i) => option(String(i), causeName(c))));
const text = el('input', { type: 'search', autocomplete: 'off', spellcheck: 'false', on: { input: search } });
const heads = columns.map(([title], i) => el('th', { scope: 'col' }, el('button', { type: 'button', on: { click: () => { down = sorted === i && !down; sorted = i; sort(); draw(); } } }, title)));
const body = el('tbody');
const where = el('span');
const turn = (by) => () => { page += by; draw(); };
const back = el('button', { type: 'button', on: { click: turn(-1) } }, 'Previous'), on = el('button', { type: 'button', on: { click: turn(1) } }, 'Next');
if (nodes.length) {
  section('Nodes', el('div', { class: 'tools' }, el('label', {}, 'Search', text), filters.map(([title], i) => el('label', {}, title, selects[i])), el('label', {}, 'Cause', byCause)),
    el('div', { class: 'scroll' }, el('table', { class: 'nodes', id: 'nodes' }, el('thead', {}, el('tr', {}, heads)), body)), el('p', { class: 'pager' }, back, on, where));
  search();
}
function search() {
  const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
  const cause = byCause.value === '' ? -1 : Number(byCause.value);
  found = nodes.filter((x) => (cause < 0 || x.n.causes.includes(cause)) && words.every((w) => x.text.includes(w)) &&
    filters.every(([, , f], i) => !selects[i].value || f(x, selects[i].value)));
  page = 0;
  sort();
  draw();
}
function sort() {
  const key = columns[sorted][1], sign = down ? -1 : 1;
  found.sort((a, b) => { const x = key(a), y = key(b); return x < y ? -sign : x > y ? sign : 0; });
}
function draw() {
  const pages = Math.max(1, Math.ceil(found.length / pageSize));
  page = Math.min(Math.max(page, 0), pages - 1);
  const rows = found.slice(page * pageSize, (page + 1) * pageSize);
  body.replaceChildren(...rows.map((x) => el('tr', {}, columns.map(([title, , show], i) => el('td', { 'data-name': i > 1 && title }, show(x))))));
  heads.forEach((h, i) => i === sorted ? h.setAttribute('aria-sort', down ? 'descending' : 'ascending') : h.removeAttribute('aria-sort'));
  back.disabled = page === 0;
  on.disabled = page === pages - 1;
  where.textContent = found.length ? `${page * pageSize + 1} to ${page * pageSize + rows.length} of ${found.length}` : 'no node';
  document.getElementById('status').textContent = count(found.length, 'node') + ' found';
}
function choose(cause) {
  byCause.value = String(cause);
  search();
  document.getElementById('nodes').scrollIntoView();
  byCause.focus({ preventScroll: true });
}

section('Remarks', [
  r.redacted && el('p', {}, `${r.redacted} redacted: each such report counts as a node of its own.`),
  r.unnamed && el('p', {}, `${count(r.unnamed, 'report')} without a node's name: each counts as a node of its own.`),
  r.possible_clones.slice(0, 100).map((c) => el('p', {}, `Possible clone: ${c.id} reports as ${c.hostnames.join(' and ')}.`)),
  r.silent.length > 0 && el('details', {}, el('summary', {}, `${count(r.silent.length, 'node')} without a report in the last ${r.since}`), el('ul', {}, r.silent.slice(0, 500).map((n) => el('li', {}, `${nodeName(n)} since ${n.last_report}`)))),
]);
section('Not used', r.not_used.map((p) => el('details', {}, el('summary', {}, `${p.count} ${p.kind}`), el('ul', {}, p.examples.map((x) => el('li', {}, `${x.path}${x.line > 1 ? ':' + x.line : ''}: ${x.reason}`))))));
})();
