// Opening: the report that the page came with, then any that is dropped on it
// or chosen. What cannot be read is told in words, and changes nothing.

const problem = document.getElementById('problem');
let current = null;

function tell(name, error) {
  const why = error instanceof ReportError ? error.message : 'the report cannot be drawn: ' + error.message;
  problem.replaceChildren(el('p', {}, sign('fail'), el('span', {}, el('strong', {}, breakable(name)), ': ' + why)));
}

function open(source, text) {
  const report = readReport(source);
  show(report, text);
  current = report;
  clear(problem);
}

async function openFile(file) {
  try {
    if (file.size > given.max_document) throw new ReportError('the file is larger than ' + (given.max_document >> 20) + ' MiB');
    open(decode(await file.arrayBuffer()), '');
  } catch (error) {
    tell(file.name, error);
    return;
  }
  document.getElementById('hint').textContent = visible('Shown is ' + file.name + ', which was opened in this page.');
  document.getElementById('main').focus();
  scrollTo(0, 0);
  announce('opened ' + file.name);
}

// decode reads UTF-8, and the UTF-16 that PowerShell's redirection writes.
function decode(bytes) {
  const [first, second] = new Uint8Array(bytes, 0, Math.min(2, bytes.byteLength));
  const encoding = first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
  return new TextDecoder(encoding).decode(bytes);
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
    if (event.dataTransfer.files.length > 0) openFile(event.dataTransfer.files[0]);
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
    if (input.files.length > 0) openFile(input.files[0]);
    input.value = '';
  });
  document.getElementById('save').addEventListener('click', save);
  addEventListener('hashchange', openLinked);
  acceptDrops();
  printWhole();
  document.getElementById('tools').hidden = false;
  document.getElementById('hint').textContent = 'This file needs no server and no network. Drop a JSON report of ssmcheck on it to see that one.';
  try {
    open(document.getElementById('report').textContent, document.getElementById('text').textContent);
  } catch (error) {
    tell('this page', error);
  }
  openLinked();
}

start();
