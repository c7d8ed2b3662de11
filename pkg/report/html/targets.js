// The targets: how each fared at each address, and how long every stage took.

function targetsSection(report) {
  const paths = new Map(report.targets.map((t) => [t, pathsOf(t)]));
  const all = [...paths.values()].flat();
  const stages = [...stageTitles.keys()].filter((stage) => all.some((w) => w.stages.has(stage)));
  const scale = scaleOf(all);
  const table = (title, targets) => targetTable(title, targets.map((t) => [t, paths.get(t)]), stages, scale, report);
  const required = report.targets.filter((t) => t.asked);
  const optional = report.targets.filter((t) => !t.asked);
  const title = headings.optional;
  return [
    required.length > 0 && section('targets', 'Targets and times', legend(stages, all), table('targets', required),
      report.repeated > 0 && moreLine(report.repeated + ' more not drawn: their names are already listed')),
    optional.length > 0 && section('optional', title, folded('', [el('span', {}, breakable(optionalWords(optional)))], table(title, optional))),
  ];
}

function optionalWords(targets) {
  const names = (title, list) => list.length > 0 && title + joinMax(list.map((t) => t.name), 6);
  const well = targets.filter((t) => t.verdict === 'pass');
  return [names('reached: ', well), names('see below: ', targets.filter((t) => t.verdict !== 'pass'))].filter((s) => s).join('; ');
}

function legend(stages, paths) {
  const items = stages.filter((stage) => stage !== 'socket').map((stage) => el('li', {}, swatch('stage-' + stage), stageTitles.get(stage)));
  const inVain = paths.some((w) => [...w.stages.values()].some(waits));
  return [
    el('ul', { class: 'legend', 'aria-label': 'the colours of the bars' }, items,
      inVain && el('li', {}, swatch('stage-wait'), 'no answer, not to scale')),
    el('p', { class: 'quiet note' }, 'Each bar lays the stages of one path end to end, all on one scale; the paths were tried at the same time.'),
  ];
}

function swatch(stage) {
  return svg('svg', { class: 'swatch', width: 12, height: 12, 'aria-hidden': 'true' }, svg('rect', { class: stage, width: 12, height: 12, rx: 2 }));
}

// targetTable states its roles, as a narrow page lays its cells out as blocks, which
// would hide that it is a table.
function targetTable(title, rows, stages, scale, report) {
  const head = (name, more) => el('th', { scope: 'col', role: 'columnheader', class: more }, name);
  return el('table', { class: 'targets', role: 'table', 'aria-label': title },
    el('thead', { role: 'rowgroup' }, el('tr', { role: 'row' },
      head('Target'), head('Path'), head([aside('Times'), axis(scale)], 'times'),
      stages.map((stage) => head(stageTitles.get(stage), 'number')))),
    entries(rows, ([target, paths]) => share(0.3, () => targetRows(target, paths, stages, scale, report)),
      (words) => el('tbody', { role: 'rowgroup' }, el('tr', { role: 'row' }, el('td', { role: 'cell', colspan: stages.length + 3, class: 'quiet' }, words)))));
}

function targetRows(target, paths, stages, scale, report) {
  const name = share(0.3, () => targetWords(target, report));
  const line = (words) => el('td', { role: 'cell', colspan: stages.length + 2, class: 'quiet' }, words);
  const rows = paths.length > 0 ? entries(paths, (w) => pathCells(w, stages, scale), line)
    : [line(target.seen.notTried ? 'not tried: ' + target.seen.notTried : 'not checked')];
  return el('tbody', { role: 'rowgroup', class: 'target tone-' + tone(target.verdict) }, rows.map((cells, i) => el('tr', { role: 'row' },
    i === 0 && el('th', { scope: 'rowgroup', role: 'rowheader', rowspan: rows.length, class: 'target-name' }, name), cells)));
}

function targetWords(target, report) {
  const further = furtherWords(target.seen);
  return [
    el('span', { class: 'target-head' }, verdictBadge(target.verdict), ' ', el('strong', { class: target.name.length < 70 && 'whole' }, breakable(target.name))),
    el('span', { class: 'quiet line' + (target.host.length < 43 ? ' whole' : '') }, breakable(target.host + ':' + target.port)),
    target.because.length > 0 && el('span', { class: 'line' }, 'see ', codeLinks(target.because, report)),
    target.reason && el('span', { class: 'line' }, target.reason),
    target.breaks && el('span', { class: 'line' }, target.breaks),
    target.read === 'not proved' && el('span', { class: 'quiet line' }, readProblem(target)),
    further && el('span', { class: 'quiet line' }, further),
  ];
}

// readProblem says why it is not proved that a bucket that answered can be read.
function readProblem(target) {
  if (target.because.includes('s3-policy-denies')) return 'read: refused';
  if (target.because.includes('s3-bucket-missing')) return 'read: no such bucket';
  return 'read: not proved';
}

function pathCells(w, stages, scale) {
  return [
    el('td', { role: 'cell', class: 'path' }, el('span', { class: 'line' }, pathName(w.name)),
      w.remarks.map((r) => el('span', { class: 'line ' + (r.bad ? 'bad' : 'quiet') }, r.bad && sign('fail'), breakable(r.text)))),
    el('td', { role: 'cell', class: 'times' }, bar(w, scale)),
    stages.map((stage) => numberCell(stage, w.stages.get(stage))),
  ];
}

function numberCell(stage, step) {
  const label = stageTitles.get(stage);
  if (!step) return el('td', { role: 'cell', class: 'number none', 'data-label': label }, el('span', { 'aria-hidden': 'true' }, '–'), aside('not tried'));
  return el('td', { role: 'cell', class: 'number', 'data-label': label },
    step.failure && [sign('fail'), aside('failed after ')], humanDuration(step.elapsed));
}

// The bars take this part of their column; the rest is for what waits in vain.
const barShare = 88;

const percent = (n) => n.toFixed(2) + '%';

function axis(scale) {
  const ticks = ticksOf(scale);
  return svg('svg', { class: 'axis', height: 14, 'aria-hidden': 'true' },
    ticks.map((t) => svg('text', { x: percent(t / scale * barShare), y: 11, 'text-anchor': t === 0 ? 'start' : 'middle' }, t === 0 ? '0' : humanDuration(t))));
}

// bar is the waterfall of one path. The cells beside it say the same in numbers.
function bar(w, scale) {
  let at = 0;
  const pieces = [];
  for (const [stage, step] of inTurn(w.stages)) {
    const width = waits(step) ? 100 - at : Math.max(step.elapsed / scale * barShare, 0.7);
    const shown = Math.min(width, 100 - at);
    const kind = waits(step) ? 'stage-wait' : 'stage-' + stage + (step.failure ? ' stage-failed' : '');
    pieces.push(svg('rect', { class: kind, x: percent(at), y: 3, width: percent(shown), height: 12 }));
    at += shown;
  }
  const lines = ticksOf(scale).map((t) => percent(t / scale * barShare));
  return svg('svg', { class: 'waterfall', height: 18, 'aria-hidden': 'true' },
    lines.map((x) => svg('line', { class: 'tick', x1: x, x2: x, y1: 0, y2: 18 })), pieces);
}
