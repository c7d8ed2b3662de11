// Several reports: a table of nodes, verdicts and causes.

function listWords(entries) {
  const failing = entries.filter((x) => x.verdict === 'fail');
  const causes = unique(failing.flatMap((x) => x.errors));
  if (failing.length === 0) return entries.length + ' reports, none fails';
  return failing.length + ' of ' + entries.length + ' reports fail, ' + causes.length + (causes.length === 1 ? ' cause' : ' causes');
}

// causeCounts are the causes of what fails, the most frequent first.
function causeCounts(list) {
  const counts = new Map();
  for (const x of list) {
    for (const code of x.verdict === 'fail' ? x.errors : []) counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]);
}

function drawList({ found, refused }, openEntry) {
  openBudget();
  const list = [...found].sort((a, b) => gravity.indexOf(b.verdict) - gravity.indexOf(a.verdict));
  const worst = list.map((x) => known(x.verdict)).reduce(graver, 'pass');
  const causes = causeCounts(list);
  return [
    el('section', { class: 'hero tone-' + tone(worst), 'aria-labelledby': 'verdict' },
      verdictBadge(worst, 'large'), el('h1', { id: 'verdict' }, listWords(list)),
      causes.length > 0 && el('ul', { class: 'causes single' }, share(0.2, () => entries(causes,
        ([code, n]) => el('li', {}, el('code', {}, breakable(code)), ': ' + n + (n === 1 ? ' report' : ' reports')), moreItem)))),
    section('reports', 'Reports', share(0.8, () => listTable(list, openEntry))),
    refused.length > 0 && section('refused', 'Not read', el('ul', { class: 'notes' },
      entries(refused, ({ name, error }) => el('li', {}, breakable(name + ': ' + reasonOf(error))), moreItem))),
  ].filter((x) => x);
}

function listTable(list, openEntry) {
  const cell = (label, words) => el('td', { role: 'cell', 'data-label': label }, words);
  const row = (x) => {
    const name = el('button', { type: 'button', class: 'link' }, breakable(x.instance || '(no name)'));
    name.addEventListener('click', () => openEntry(x));
    return el('tr', { role: 'row' }, el('td', { role: 'cell' }, verdictBadge(x.verdict)),
      el('th', { role: 'rowheader', scope: 'row' }, name), cell('Causes', breakable(x.codes.join(', '))), cell('Region', breakable(x.region)),
      cell('Checked', moment(x.startedAt)), cell('File', breakable(x.name)));
  };
  return el('table', { class: 'files', role: 'table', 'aria-label': 'reports' },
    el('thead', { role: 'rowgroup' }, el('tr', { role: 'row' },
      ['Verdict', 'Node', 'Causes', 'Region', 'Checked', 'File'].map((h) => el('th', { role: 'columnheader', scope: 'col' }, h)))),
    el('tbody', { role: 'rowgroup' }, entries(list, row, (words) => el('tr', { role: 'row' }, el('td', { role: 'cell', colspan: 6, class: 'quiet' }, words)))));
}
