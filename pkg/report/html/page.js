// The page: its sections, in the order in which they matter.

const maxRaw = 500_000; // characters of JSON that are shown

function section(id, title, ...body) {
  return el('section', { id, class: 'block', 'aria-labelledby': id + '-title' }, el('h2', { id: id + '-title' }, title), body);
}

// folded is a part that a click opens.
function folded(id, summary, ...body) {
  const words = summary.filter((x) => x).flatMap((x) => [x, ' ']); // a name has its words apart
  return el('details', { class: 'folded', id: id || false }, el('summary', {}, words.slice(0, -1)), el('div', { class: 'folded-body' }, body));
}

// drawing draws the paths first, with the fixes where they break, then the
// findings: a cause named elsewhere links to its finding if that is drawn.
function drawing(report, text) {
  openBudget();
  left += report.repeated;
  report.drawn = new Map(); // by code: the id of its finding
  report.findings.forEach((f) => { f.lane = ''; }); // the id of the path that has its fix
  const path = report.bare ? null : share(0.2, () => pathSection(report));
  const [causes, infos] = share(0.4, () => findingsSection(report));
  const top = share(0.3, () => hero(report));
  const targets = share(0.7, () => targetsSection(report));
  const servers = share(0.8, () => serversSection(report));
  const all = [hatch(), top, path, causes, remedySection(report), infos, targets, servers, notesSection(report), rawSection(report, text)].flat(Infinity).filter((x) => x);
  if (left > 0) top.append(el('p', { class: 'bad' }, 'This report is too large to draw in full: ' + left + ' of its entries are not drawn. Its JSON has them.'));
  return all;
}

function hero(report) {
  const { what, causes } = headline(report);
  const items = share(0.3, () => entries(causes, (f) => el('li', {}, el('span', {}, breakable(f.title, maxLarge)), ' ', codeLinks(f.codes ?? [f.code], report)), moreItem));
  return el('section', { class: 'hero tone-' + tone(report.verdict), 'aria-labelledby': 'verdict' },
    el('div', { class: 'hero-head' }, verdictBadge(report.verdict, 'large'), ticketButtons(report)),
    el('h1', { id: 'verdict' }, breakable(what.charAt(0).toUpperCase() + what.slice(1), maxLarge)),
    items.length > 0 && el(items.length > 1 ? 'ol' : 'ul', { class: 'causes' + (items.length > 1 ? '' : ' single') }, items),
    report.bare && el('p', { class: 'quiet' }, 'This report is the judgement alone (ndjson): no path, no times.'),
    contradictionWords(report), share(0.5, () => capabilityList(report)), facts(report));
}

// capabilityList joins the capabilities that fare alike, for the same cause; what
// cannot work comes first.
function capabilityList(report) {
  const groups = new Map();
  const add = (x, title, { state, why }) => {
    const key = JSON.stringify([x.verdict, state, x.because, x.reason]);
    if (!groups.has(key)) groups.set(key, { x, state, why, titles: [] });
    groups.get(key).titles.push(title);
  };
  for (const c of report.capabilities) {
    add(c, capabilityTitle(c.name), outcomeWords(c, 'work', errorIgnored(report, c) ? 'counts as working' : canWork(report)));
  }
  for (const t of report.targets.filter((t) => t.own)) add(t, 'Bucket ' + bucketName(t) + ' (--bucket)', outcomeWords(t, 'be used', 'can be used'));
  if (groups.size === 0) return null;
  const list = [...groups.values()].sort((a, b) => gravity.indexOf(b.x.verdict) - gravity.indexOf(a.x.verdict));
  return el('ul', { class: 'capabilities', 'aria-label': headings.capabilities },
    entries(list, ({ x, state, why, titles }) => el('li', { class: 'tone-' + tone(x.verdict) }, sign(tone(x.verdict)),
      el('span', {}, el('strong', {}, breakable(joinAnd(titles))), ' ' + state + why, codeLinks(x.because, report), x.reason && '; ' + x.reason)), moreItem));
}

function facts(report) {
  const from = (s, why) => s && why && s + ' (' + why + ')' || s;
  const rows = [
    ['Node', [nodeWords(report), report.instance, report.container && 'in a container'].filter((s) => s).join(', ')],
    ['Labels', report.labels.join(', ')],
    ['Region', from(regionWords(report), report.regionFrom && 'from ' + report.regionFrom)],
    ['Addresses', from(expectWords(report), report.expectFrom)],
    ['Nameservers', from(report.nameservers.join(', '), report.nameserversFrom)],
    ['Proxy', proxyWords(report, from(report.proxy, report.proxyFrom && 'from ' + report.proxyFrom))],
    ['Run', [moment(report.startedAt), 'took ' + humanDuration(report.duration), endingWords(report), 'ssmcheck ' + report.version].filter((s) => s).join(', ')],
  ];
  return el('dl', { class: 'facts' }, rows.filter(([, value]) => value)
    .map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, breakable(value)))));
}

function expectWords({ expect, expectGiven }) {
  if (expectGiven) return expect + ' expected';
  return expect && (expect === 'private' ? '' : 'no ') + 'VPC endpoints in use';
}

// regionWords name the Region that was tested, and the node's own if that is
// another one.
function regionWords(report) {
  const home = report.registered || report.metadataRegion;
  return !home || home === report.region ? report.region
    : (report.registered ? 'registered in ' : '') + home + '; tested for ' + report.region;
}

// proxyWords say which proxy was used, and which configured one was not.
function proxyWords(report, found) {
  if (report.proxyChoice === 'given') return report.proxyGiven && report.proxyGiven + ' (from --proxy)';
  if (report.proxyChoice === 'none') return 'none (--proxy none)' + (report.proxy && '; not used: ' + found);
  return found;
}

function endingWords(report) {
  if (report.ending === 'interrupted') return 'the run was interrupted: this report is partial';
  return report.ending === 'deadline' && 'the deadline of ' + humanDuration(report.deadline) + ' passed before everything was checked';
}

function notesSection(report) {
  return report.notes.length > 0 && section('notes', 'Notes', el('ul', { class: 'notes' }, entries(report.notes, (n) => el('li', {}, n), moreItem)));
}

function rawSection(report, text) {
  return section('raw', 'The whole report',
    text && raw(folded('as-text', ['As text'], textBlock(text))),
    raw(rawFold(report)));
}

// raw marks the report in another form: it is not printed unless it is open.
function raw(fold) {
  fold.classList.add('raw');
  return fold;
}

// textBlock shows the page's own text, which stays in the page: a browser that
// saves the page saves it too.
function textBlock(pre) {
  const text = visibleLines(pre.textContent);
  if (text !== pre.textContent) pre.textContent = text;
  return [copyButton('Copy', 'Copy the report as text', () => text, pre), pre];
}

// rawFold writes the JSON only when it is opened, as it is large.
function rawFold(report) {
  const body = el('pre', { tabindex: 0, 'aria-label': 'the report as JSON' });
  const fold = folded('as-json', ['As JSON, with every observation'], body);
  fold.addEventListener('toggle', () => {
    if (fold.open && body.textContent === '') body.textContent = visibleLines(indented(report.source, maxRaw));
  });
  return fold;
}

// indented lays JSON out by its brackets, as far as most characters go. It reads
// the text itself, so that no depth is too much and every number stays as it was
// written.
function indented(source, most) {
  let out = '';
  let depth = 0;
  let quoted = false;
  let opened = false;
  const line = () => '\n' + '  '.repeat(Math.min(depth, 20));
  for (let i = 0; i < source.length; i++) {
    const c = source[i];
    if (quoted) {
      out += c;
      if (c === '\\') out += source[++i];
      quoted = c !== '"';
      continue;
    }
    if (' \t\r\n'.includes(c)) continue;
    if (out.length > most) return out.slice(0, most) + '\n… cut here; save it as JSON to see all';
    const closes = c === '}' || c === ']';
    if (closes) depth--;
    if (closes !== opened) out += line();
    opened = c === '{' || c === '[';
    if (opened) depth++;
    quoted = c === '"';
    out += c === ':' ? ': ' : c === ',' ? ',' + line() : c;
  }
  return out.length > most ? out.slice(0, most) + '\n… cut here; save it as JSON to see all' : out;
}

// show draws a report instead of what is shown. text is the element with the report as
// text, if the page has it.
function show(report, text) {
  const drawn = drawing(report, text);
  document.getElementById('main').replaceChildren(...drawn);
  document.title = visible(cut(pageTitle(report)));
}
