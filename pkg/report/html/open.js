// Opening: the report that the page came with, then any that is dropped on it
// or chosen. What cannot be read is reported in words, and changes nothing.

const problem = document.getElementById('problem');
let current = null; // the report that is drawn
let latest = 0; // which file was opened last

// complain says what is wrong where it is seen wherever the page is scrolled to.
function complain(name, error) {
  const why = error instanceof ReportError ? error.message : 'the report cannot be drawn: ' + error.message;
  const close = el('button', { type: 'button', class: 'button' }, 'Close');
  close.addEventListener('click', () => {
    clear(problem);
    document.getElementById('main').focus({ preventScroll: true });
  });
  problem.replaceChildren(el('p', {}, sign('fail'), el('span', {}, el('strong', {}, breakable(name)), ': ' + why), close));
}

// refuse says it of a file that a person has just given.
function refuse(name, error) {
  complain(name, error);
  problem.focus({ preventScroll: true });
}

function open(source, text) {
  const report = readReport(source);
  show(report, text);
  current = report;
  clear(problem);
  document.getElementById('save').hidden = false;
}

// openFiles takes one file. Of two that are opened at once, the later one stays.
async function openFiles(files) {
  if (files.length !== 1) {
    refuse(files.length + ' files', new ReportError('the page shows one report; open one file'));
    return;
  }
  const file = files[0];
  const mine = ++latest;
  try {
    if (file.size > given.max_file) throw tooLarge();
    const source = decode(await contentOf(file)).replaceAll('\r\n', '\n'); // as PowerShell ends lines
    if (mine !== latest) return;
    if (new Blob([source]).size > given.max_document) throw tooLarge();
    open(source, null);
    embed(current.source);
  } catch (error) {
    if (mine === latest) refuse(file.name, error);
    return;
  }
  document.getElementById('hint').textContent = visible('Shown is ' + file.name + ', which was opened in this page.');
  document.getElementById('main').focus();
  scrollTo(0, 0);
  announce('opened ' + file.name);
}

const tooLarge = () => new ReportError('the report is larger than ' + (given.max_document >> 20) + ' MiB');

async function contentOf(file) {
  try {
    return await file.arrayBuffer();
  } catch {
    throw new ReportError('the browser cannot read it; is it a folder, or is it gone?');
  }
}

// decode reads UTF-8, and the UTF-16 that PowerShell's redirection writes.
function decode(bytes) {
  const [first, second] = new Uint8Array(bytes, 0, Math.min(2, bytes.byteLength));
  const encoding = first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
  return new TextDecoder(encoding).decode(bytes);
}

// embedded is the report that stands in the page. Some characters are escaped
// there, which makes it longer; as JSON they stand for themselves.
function embedded() {
  const plainly = new Map([['\\u003c', '<'], ['\\u003e', '>'], ['\\u0026', '&']]);
  return document.getElementById('report').textContent.replace(/\\(?:u00(?:3[ce]|26)|[^])/g, (s) => plainly.get(s) ?? s);
}

// embed puts a report in its place, so that the page that a browser saves has
// the report in it that it shows.
function embed(source) {
  document.getElementById('report').firstChild.data = source.replace(/[<]/g, '\\u003c');
}

function save() {
  const link = el('a', { download: 'ssmcheck.json' });
  link.href = URL.createObjectURL(new Blob([current.source], { type: 'application/json' }));
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
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
    openFiles(event.dataTransfer.files);
  });
}

// openLinked opens what a link within the page leads to, if it is folded.
function openLinked() {
  const linked = document.getElementById(location.hash.slice(1));
  if (linked instanceof HTMLDetailsElement) linked.open = true;
}

// printWhole opens everything for print but the report once more, and folds it
// again.
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

function start() {
  const input = document.getElementById('file');
  input.addEventListener('change', () => {
    if (input.files.length > 0) openFiles([...input.files]);
    input.value = '';
  });
  document.getElementById('save').addEventListener('click', save);
  addEventListener('hashchange', openLinked);
  acceptDrops();
  copyNoLineEnds();
  printWhole();
  document.getElementById('tools').hidden = false;
  document.getElementById('hint').textContent = 'This file needs no server and no network. Drop a JSON report of ssmcheck on it to see that one.';
  // A page that a browser has saved comes with what was drawn, and perhaps said.
  clear(problem);
  document.getElementById('drop').hidden = true;
  document.getElementById('status').textContent = '';
  document.getElementById('save').hidden = true;
  try {
    open(embedded(), document.getElementById('text'));
  } catch (error) {
    complain('this page', error);
  }
  openLinked();
}

start();
