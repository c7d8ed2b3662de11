// The path as a picture: a line of stations for each kind of outcome, with the
// break marked. Each station is an item of a list with its own words, so that
// the picture is read as well as seen.

const maxLanes = 6;

const markWords = new Map([
  ['ok', 'passed'], ['doubt', 'check this'], ['broken', 'the path breaks here'], ['after', 'failed too, behind the break'], ['off', 'not reached'],
]);

function pathSection(report) {
  const lanes = lanesOf(report);
  if (lanes.length === 0) return null;
  const left = lanes.length - maxLanes;
  return section('path', 'The path from this node',
    entries(lanes.slice(0, maxLanes), (lane, i) => laneElement(lane, 'lane-' + (i + 1), report), moreLine),
    left > 0 && el('p', { class: 'quiet' }, 'The table of targets has ' + left + ' more.'));
}

function laneElement(lane, id, report) {
  const target = lane.targets[0];
  const names = joinMax(lane.targets.map((t) => t.name), 3);
  const broken = lane.stations.find((s) => s.mark === 'broken');
  return el('div', { class: 'lane', id },
    el('p', { class: 'lane-title' }, verdictBadge(target.verdict), ' ',
      el('span', { class: 'lane-words' }, el('strong', {}, breakable(names)), ' ', laneWords(lane, broken))),
    el('ol', { class: 'stations', 'aria-label': 'the path to ' + names },
      lane.stations.map((s, i) => stationElement(s, lane.stations[i + 1]))),
    laneFixes(lane, id, report).map((f) => fixPart(f, 'h3')));
}

// laneFixes are the problems that break a path, to be fixed there. Each is drawn at
// the first path that it breaks.
function laneFixes(lane, id, report) {
  const because = new Set(lane.targets.flatMap((t) => t.because));
  const names = new Set(lane.targets.map((t) => t.name));
  const all = report.findings.filter((f) => f.severity !== 'info' && f.fix.length > 0 && !f.lane && because.has(f.code)
    && (f.targets.length === 0 || f.targets.some((name) => names.has(name))));
  const first = all.filter((f) => f.severity === all[0].severity).slice(0, 3);
  first.forEach((f) => { f.lane = id; });
  return first;
}

// laneWords name the hosts of a path that does not pass, and what is wrong with it.
function laneWords({ targets }, broken) {
  const [target] = targets;
  const words = [];
  const hosts = target.verdict === 'pass' ? '' : '(' + joinMax(unique(targets.map((t) => t.host)), 3) + ') ';
  if (broken) words.push(target.verdict === 'fail' ? 'breaks at the ' + placeWords(broken.id) : 'reached, but the node itself has a fault');
  if (target.because.length > 0) words.push(joinAnd(target.because));
  if (target.reason) words.push(target.reason);
  return (hosts || words.length > 0) && el('span', { class: 'quiet' }, breakable(hosts + words.join(': ')));
}

function placeWords(id) {
  if (id === 'tls') return 'TLS handshake';
  return id === 'node' ? 'node itself' : stationTitles.get(id).toLowerCase();
}

function stationElement(s, next) {
  const times = s.tried.filter((r) => !r.failure).map((r) => r.elapsed);
  return el('li', { class: 'station mark-' + s.mark },
    next && connector(s, next),
    el('span', { class: 'stop' }, symbol(s.id), stopSign(s.mark)),
    el('span', { class: 'station-text' },
      el('span', { class: 'station-title' }, stationTitles.get(s.id)),
      s.mark === 'broken' ? el('span', { class: 'break-word' }, 'breaks here') : aside(': ' + markWords.get(s.mark)),
      s.statuses.length > 0 && el('span', { class: 'who' }, 'HTTP ' + joinAnd(s.statuses)),
      atMost(s.who, 3).map((w) => el('span', { class: 'who' }, breakable(w))),
      atMost(wrongWords(s), 3).map((w) => el('span', { class: 'what' }, breakable(w))),
      times.length > 0 && el('span', { class: 'time' }, span(times)),
      s.mark === 'off' && el('span', { class: 'time' }, 'not reached')));
}

function atMost(list, most) {
  return list.length <= most ? list : [...list.slice(0, most - 1), 'and ' + (list.length - most + 1) + ' more'];
}

function stopSign(mark) {
  const names = new Map([['ok', 'pass'], ['doubt', 'warn'], ['broken', 'fail'], ['after', 'skip']]);
  return names.has(mark) && sign(names.get(mark));
}

// connector is the line to the next station, drawn for a row and for a
// column; the page's width decides which is seen. The sign of a break is the
// station's alone.
function connector(s, next) {
  const state = next.mark === 'broken' ? 'broken' : next.mark === 'off' || next.mark === 'after' || s.mark === 'off' ? 'off' : 'ok';
  const more = new Map([['off', ' wire-off'], ['broken', ' wire-broken']]).get(state);
  const row = svg('line', { class: 'wire' + (more ?? ''), x1: 0, x2: '100%', y1: 8, y2: 8 });
  const column = svg('line', { class: 'wire' + (more ?? ''), x1: 8, x2: 8, y1: 0, y2: '100%' });
  return [
    svg('svg', { class: 'connector row', 'aria-hidden': 'true' }, row),
    svg('svg', { class: 'connector column', 'aria-hidden': 'true' }, column),
  ];
}
