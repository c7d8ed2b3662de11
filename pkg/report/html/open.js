// Opening: the report that the page came with, then any that is dropped on it
// or chosen. What cannot be read is reported in words, and changes nothing.

const problem = document.getElementById('problem');
let current = null; // the report that is drawn
let own = null; // what the page came with: its source, its text and what was made with it
let listed = null; // the reports that were opened together
let latest = 0; // which files were opened last

const reasonOf = (error) => (error instanceof ReportError ? error.message : 'the report cannot be drawn: ' + error.message);

// complain says what is wrong, visibly wherever the page is scrolled to.
function complain(name, error) {
  const close = el('button', { type: 'button', class: 'button' }, 'Close');
  close.addEventListener('click', () => {
    clear(problem);
    document.getElementById('main').focus({ preventScroll: true });
  });
  problem.replaceChildren(el('p', {}, sign('fail'), el('span', {}, el('strong', {}, breakable(name)), ': ' + reasonOf(error)), close));
}

// refuse complains about a file that the reader has just opened.
function refuse(name, error) {
  complain(name, error);
  problem.focus({ preventScroll: true });
}

// open draws a report instead of everything else.
function open(source, how) {
  const report = readReport(source);
  report.opened = !how.made;
  // What was made with a secret may have it, too.
  if (how.made && report.source === source) report.made = how.made;
  show(report, how.text);
  current = report;
  clear(problem);
  document.getElementById('save').hidden = false;
}

// openFiles opens one report, or a table of several. If more files are opened in the
// meantime, the later ones win.
async function openFiles(files) {
  const mine = ++latest;
  const read = await reportsIn(files, () => mine === latest);
  if (mine !== latest) return;
  const { found, refused } = read;
  if (found.length === 0) {
    const { name, error } = refused[0] ?? { name: 'nothing', error: new ReportError('no file was given') };
    refuse(name + (refused.length > 1 ? ' and ' + (refused.length - 1) + ' more' : ''), error);
    return;
  }
  listed = found.length + refused.length > 1 ? read : null;
  try {
    if (listed) openList();
    else openEntry(found[0]);
  } catch (error) {
    refuse(found[0].name, error);
  }
}

function openEntry(entry) {
  open(entry.source, {});
  embed(current.source, 'null');
  arrive(entry.name, 'Shown is ' + entry.name + ', which was opened in this page.');
}

// openList shows the table. A browser still saves the page's own report then.
function openList() {
  const drawn = drawList(listed, openEntry);
  document.getElementById('main').replaceChildren(...drawn);
  document.title = listWords(listed.found) + ' · ssmcheck';
  clear(problem);
  current = null;
  document.getElementById('save').hidden = true;
  if (own) embed(own.source, own.written);
  arrive('', 'Shown are ' + listed.found.length + ' reports, which were opened in this page.');
}

function openOwn() {
  open(own.source, own);
  embed(current.source, own.written);
  listed = null;
  arrive('', hint);
}

// arrive says what is shown now, above and below it, and how to go back.
function arrive(name, words) {
  const buttons = [current && listed && ['Back to the ' + listed.found.length + ' reports', openList],
    own && words !== hint && ['Back to this page’s report', openOwn]].filter((x) => x);
  const bar = document.getElementById('opened');
  clear(bar);
  if (name) bar.append(el('strong', {}, breakable(name)));
  for (const [title, go] of buttons) {
    const button = el('button', { type: 'button', class: 'button' }, title);
    button.addEventListener('click', go);
    bar.append(button);
  }
  bar.hidden = bar.childElementCount === 0;
  document.getElementById('hint').textContent = visible(words);
  document.getElementById('main').focus();
  scrollTo(0, 0);
  announce(name ? 'opened ' + name : words);
}

// embed puts a report in its place, so that the page that a browser saves has
// the report in it that it shows.
function embed(source, made) {
  document.getElementById('report').firstChild.data = source.replace(/[<]/g, '\\u003c');
  document.getElementById('made').firstChild.data = made;
}

function save() {
  const link = el('a', { download: savedName(current) });
  link.href = URL.createObjectURL(new Blob([current.source], { type: 'application/json' }));
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// savedName has the node and the time, of signs that any system takes.
function savedName({ nodeID, hostname, startedAt }) {
  const plainly = (s) => s.replace(/[^\w.-]+/g, '').slice(0, 60);
  return ['ssmcheck', plainly(nodeID || hostname), plainly(startedAt.replace(/\.\d+|[-:]/g, ''))].filter((s) => s).join('-') + '.json';
}

function acceptDrops() {
  const drop = document.getElementById('drop');
  let depth = 0;
  const cover = (by) => {
    depth = Math.max(0, by === 0 ? 0 : depth + by);
    drop.hidden = depth === 0;
  };
  const ofFiles = (event) => event.dataTransfer?.types.includes('Files');
  addEventListener('dragenter', (event) => { if (ofFiles(event)) cover(1); });
  addEventListener('dragleave', (event) => { if (ofFiles(event)) cover(-1); });
  addEventListener('dragover', (event) => { if (ofFiles(event)) event.preventDefault(); });
  addEventListener('drop', (event) => {
    if (!ofFiles(event)) return;
    event.preventDefault();
    cover(0);
    openFiles([...event.dataTransfer.files]);
  });
}

// openLinked opens what a link within the page leads to, if it is folded.
function openLinked(hash) {
  const linked = document.getElementById(hash.slice(1));
  if (linked instanceof HTMLDetailsElement) linked.open = true;
}

// followLinks does so at each click: the second one on a link changes no address.
function followLinks() {
  addEventListener('hashchange', () => openLinked(location.hash));
  addEventListener('click', (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (link) openLinked(link.hash);
  });
}

// printWhole unfolds everything for printing, except the report in its other forms, and
// folds it again.
function printWhole() {
  let opened = [];
  addEventListener('beforeprint', () => {
    opened = [...document.querySelectorAll('details:not([open], .raw)')];
    for (const fold of opened) fold.open = true;
  });
  addEventListener('afterprint', () => {
    for (const fold of opened) fold.open = false;
    opened = [];
  });
}

const hint = 'This file needs no server and no network. Drop reports of ssmcheck on it (JSON, NDJSON or pages like this one) to see them.';

function start() {
  const input = document.getElementById('file');
  input.addEventListener('change', () => {
    if (input.files.length > 0) openFiles([...input.files]);
    input.value = '';
  });
  document.getElementById('save').addEventListener('click', save);
  followLinks();
  acceptDrops();
  copyNoLineEnds();
  printWhole();
  document.getElementById('tools').hidden = false;
  document.getElementById('hint').textContent = hint;
  // A page that a browser has saved still has what was drawn or announced.
  clear(problem);
  document.getElementById('drop').hidden = true;
  document.getElementById('opened').hidden = true;
  document.getElementById('status').textContent = '';
  document.getElementById('save').hidden = true;
  try {
    const written = document.getElementById('made').textContent;
    const mine = { source: plainJSON(document.getElementById('report').textContent), text: document.getElementById('text'), made: JSON.parse(written), written };
    open(mine.source, mine);
    own = mine;
  } catch (error) {
    complain('this page', error);
  }
  openLinked(location.hash);
}

start();
