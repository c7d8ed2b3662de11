// The answers of each nameserver, queried directly.

function serversSection(report) {
  if (report.servers.length === 0) return null;
  return section('servers', 'Nameservers', entries(report.servers, (s, i) => share(0.4, () => folded('server-' + (i + 1), [
    el('strong', {}, breakable(s.address)), el('span', { class: 'quiet' }, breakable(roleWords(s.role) + (s.from && ' (' + s.from + ')'))),
    el('span', { class: 'quiet' }, serverWords(s)),
  ], serverBody(s))), moreLine));
}

function serverWords(s) {
  if (s.notAsked) return 'not queried';
  const silent = s.answers.filter((a) => a.rcode === '').length;
  return s.answers.length + ' questions' + (silent > 0 ? ', ' + silent + ' without an answer' : '');
}

function serverBody(s) {
  if (s.notAsked) return el('p', {}, 'not queried: ' + s.notAsked);
  return [
    s.route && el('p', { class: 'bad' }, 'no route to it: ' + describeFailure(s.route, 0)),
    el('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'answers of ' + s.address },
      el('table', { class: 'answers' },
        el('thead', {}, el('tr', {}, ['Name', 'Type', 'Answer', 'Time'].map((h) => el('th', { scope: 'col' }, h)))),
        el('tbody', {}, entries(s.answers, (a) => el('tr', {},
          el('th', { scope: 'row', class: a.name.length < 70 && 'whole' }, breakable(a.name), a.why && el('span', { class: 'quiet' }, ' (' + a.why + ')')),
          el('td', {}, a.type), el('td', {}, answerWords(a)), el('td', { class: 'number' }, humanDuration(a.elapsed))),
        (words) => el('tr', {}, el('th', { scope: 'row', class: 'quiet', colspan: 4 }, words)))))),
  ];
}

// answerWords describe an answer. A name without IPv6 addresses is no failure.
function answerWords(a) {
  if (a.addresses.length > 0) return breakable(a.addresses.join(', '));
  const said = a.failure && (a.rcode === '' || a.failure.kind !== 'nxdomain') ? describeFailure(a.failure, 0) : a.rcode;
  const why = a.extended.length > 0 ? ': ' + a.extended.join(', ') : '';
  return el('span', { class: a.failure && a.failure.kind !== 'no-address' ? 'bad' : 'quiet' }, (a.failure?.kind === 'timeout' ? 'no answer' : said) + why);
}
