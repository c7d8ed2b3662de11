// Signs and symbols, drawn here: nothing is loaded.

const signPaths = new Map([
  ['pass', 'M4 8.5l2.8 2.8L12 5.5'],
  ['fail', 'M4.7 4.7l6.6 6.6M11.3 4.7l-6.6 6.6'],
  ['warn', 'M8 5.2v4.4M8 11.9v.3'],
  ['skip', 'M4.5 8h7'],
]);

// sign is the mark of a verdict: its shape says what its colour says.
function sign(name) {
  const shape = name === 'warn' ? svg('path', { class: 'sign-ground', d: 'M8 .8l7.4 13.6H.6z' })
    : name === 'fail' ? svg('path', { class: 'sign-ground', d: 'M5 .7h6L15.3 5v6L11 15.3H5L.7 11V5z' })
      : svg('circle', { class: 'sign-ground', cx: 8, cy: 8, r: 7.4 });
  return svg('svg', { class: 'sign sign-' + name, viewBox: '0 0 16 16', width: 16, height: 16, 'aria-hidden': 'true' },
    shape, svg('path', { class: 'sign-stroke', d: signPaths.get(name) }));
}

const symbolPaths = new Map([
  ['node', ['M4 5h16v10H4z', 'M9 19h6', 'M12 15v4']],
  ['names', ['M5 4h11a3 3 0 0 1 3 3v13H8a3 3 0 0 1-3-3z', 'M9 9h6', 'M9 13h6']],
  ['proxy', ['M12 3l7 3v5c0 4.5-3 8-7 10-4-2-7-5.5-7-10V6z']],
  ['address', ['M12 21s-6.5-5.7-6.5-11a6.5 6.5 0 0 1 13 0c0 5.3-6.5 11-6.5 11z', 'M12 12.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4z']],
  ['tls', ['M6 11h12v9H6z', 'M8.5 11V8a3.5 3.5 0 0 1 7 0v3', 'M12 14.5v2']],
  ['service', ['M7 18a4 4 0 0 1-.5-7.97 6 6 0 0 1 11.5 1.5A3.3 3.3 0 0 1 17.5 18z']],
]);

// symbol is the picture of a station of the path.
function symbol(name) {
  return svg('svg', { class: 'symbol', viewBox: '0 0 24 24', width: 24, height: 24, 'aria-hidden': 'true' },
    (symbolPaths.get(name) ?? []).map((d) => svg('path', { d })));
}

// badge is a verdict as a word with its sign.
function badge(name, word, more) {
  return el('span', { class: 'badge tone-' + name + (more ? ' ' + more : '') }, sign(name), el('span', {}, word));
}

function verdictBadge(verdict, more) {
  return badge(tone(verdict), verdictWords.get(verdict) ?? '????', more);
}

// hatch is the pattern of a bar that waits in vain. It is referred to by its
// name from every bar.
function hatch() {
  return svg('svg', { class: 'patterns', width: 0, height: 0, 'aria-hidden': 'true' },
    svg('defs', {}, svg('pattern', { id: 'hatch', width: 6, height: 6, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
      svg('rect', { class: 'hatch-ground', width: 6, height: 6 }), svg('rect', { class: 'hatch-line', width: 2.5, height: 6 }))));
}
