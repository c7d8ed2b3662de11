// The page: its sections, in the order in which they matter.

const maxRaw = 1 << 20; // characters of JSON that are shown

function section(id, title, ...body) {
  return el('section', { id, class: 'block', 'aria-labelledby': id + '-title' }, el('h2', { id: id + '-title' }, title), body);
}

// folded is what a click opens.
function folded(id, summary, ...body) {
  return el('details', { class: 'folded', id: id || false }, el('summary', {}, summary), el('div', { class: 'folded-body' }, body));
}

function drawing(report, text) {
  return [
    hatch(), hero(report), pathSection(report), findingsSection(report), targetsSection(report), serversSection(report),
    notesSection(report), rawSection(report, text),
  ].flat(Infinity).filter((x) => x);
}

function hero(report) {
  const { what, causes } = headline(report);
  const items = causes.map((f) => el('li', {}, el('span', {}, breakable(f.title)), ' ', codeLink(f.code, report)));
  return el('section', { class: 'hero tone-' + tone(report.verdict), 'aria-labelledby': 'verdict' },
    verdictBadge(report.verdict, 'large'),
    el('h1', { id: 'verdict' }, what.charAt(0).toUpperCase() + what.slice(1)),
    items.length > 0 && el(items.length > 1 ? 'ol' : 'ul', { class: 'causes' + (items.length > 1 ? '' : ' single') }, items),
    capabilityList(report), facts(report),
    report.left > 0 && el('p', { class: 'bad' }, 'This report is so large that ' + report.left + ' of its entries are not drawn. Its JSON has them.'));
}

function capabilityList(report) {
  if (report.capabilities.length === 0) return null;
  const item = (x, title, { state, why }) => el('li', { class: 'tone-' + tone(x.verdict) }, sign(tone(x.verdict)),
    el('span', {}, el('strong', {}, title), ' ', state, why, codeLinks(x.because, report), x.reason && '; ' + x.reason));
  return el('ul', { class: 'capabilities', 'aria-label': 'what was asked for' },
    report.capabilities.map((c) => item(c, capabilityTitle(c.name), capabilityWords(c))),
    report.targets.filter((t) => t.own).map((t) => item(t, ['Bucket ', breakable(bucketName(t)), ' (--bucket)'], bucketWords(t))));
}

function facts(report) {
  const from = (s, why) => s && why && s + ' (' + why + ')' || s;
  const rows = [
    ['Node', [nodeWords(report), report.instance, report.container && 'in a container'].filter((s) => s).join(', ')],
    ['Region', from(regionWords(report), report.regionFrom && 'by ' + report.regionFrom)],
    ['Expected', report.expect && report.expect + ' addresses' + (report.expectFrom && ': ' + report.expectFrom)],
    ['Nameservers', from(report.nameservers.join(', '), report.nameserversFrom)],
    ['Proxy', proxyWords(report, from(report.proxy, report.proxyFrom && 'from ' + report.proxyFrom))],
    ['Run', [moment(report.startedAt), 'took ' + duration(report.duration), endingWords(report), 'ssmcheck ' + report.version].filter((s) => s).join(', ')],
  ];
  return el('dl', { class: 'facts' }, rows.filter(([, value]) => value)
    .map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, breakable(value)))));
}

// regionWords name the Region that was tested, and the node's own where that is
// another.
function regionWords(report) {
  const home = report.registered || report.metadataRegion;
  return !home || home === report.region ? report.region
    : (report.registered ? 'registered in ' : '') + home + '; tested for ' + report.region;
}

// proxyWords say which proxy was gone through, and which one was left out.
function proxyWords(report, found) {
  if (report.proxyChoice === 'given') return report.proxyGiven && report.proxyGiven + ' (by --proxy)';
  if (report.proxyChoice === 'none') return 'none (--proxy none)' + (report.proxy && '; left out: ' + found);
  return found;
}

function endingWords(report) {
  if (report.ending === 'interrupted') return 'interrupted: this is what was seen until then';
  return report.ending === 'deadline' && 'the deadline of ' + duration(report.deadline) + ' passed before everything was looked at';
}

function notesSection(report) {
  return report.notes.length > 0 && section('notes', 'Notes', el('ul', { class: 'notes' }, report.notes.map((n) => el('li', {}, n))));
}

function rawSection(report, text) {
  return section('raw', 'The whole report',
    text && raw(folded('as-text', ['As text'], textBlock(text))),
    raw(rawFold(report)));
}

// raw marks what is the same report once more: it is not printed unless it is
// open.
function raw(fold) {
  fold.classList.add('raw');
  return fold;
}

function textBlock(text) {
  const pre = el('pre', { tabindex: 0, 'aria-label': 'the report as text' });
  pre.textContent = text;
  return [copyButton('Copy', 'Copy the report as text', () => text, pre), pre];
}

// rawFold writes the JSON only when it is opened: there is much of it.
function rawFold(report) {
  const body = el('pre', { tabindex: 0, 'aria-label': 'the report as JSON' });
  const fold = folded('as-json', ['As JSON, with every observation'], body);
  fold.addEventListener('toggle', () => {
    if (!fold.open || body.textContent !== '') return;
    const all = JSON.stringify(JSON.parse(report.source), null, 2);
    body.textContent = visibleLines(all.slice(0, maxRaw)) + (all.length > maxRaw ? '\n… cut here; save it as JSON to see all' : '');
  });
  return fold;
}

// show draws a report in place of what is there. text is the report as text,
// where the page has it.
function show(report, text) {
  const drawn = drawing(report, text);
  document.getElementById('main').replaceChildren(...drawn);
  document.title = visible(pageTitle(report));
}
