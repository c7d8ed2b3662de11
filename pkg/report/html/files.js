// What is in a file: a report, reports one a line (NDJSON), or a page of ssmcheck
// that has one in it.

const maxReports = 1000; // that are opened at once
const maxTotal = 64 << 20; // bytes of files that are opened at once

const tooLarge = () => new ReportError('the report is larger than ' + (given.max_document >> 20) + ' MiB');

async function textOf(file) {
  let bytes;
  try {
    bytes = await file.arrayBuffer();
  } catch {
    throw new ReportError('the browser cannot read it; is it a folder, or is it gone?');
  }
  return decode(bytes).replaceAll('\r\n', '\n'); // as PowerShell ends lines
}

// decode reads UTF-8, and the UTF-16 that PowerShell's redirection writes.
function decode(bytes) {
  const [first, second] = new Uint8Array(bytes, 0, Math.min(2, bytes.byteLength));
  const encoding = first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
  return new TextDecoder(encoding).decode(bytes);
}

// documentsOf gives the texts of the reports in a file, and their lines.
function documentsOf(text) {
  if (/^\s*[<]/.test(text)) return [{ source: inPage(text), line: 0 }];
  const lines = [];
  for (const x of linesOf(text)) {
    // A report over several lines begins with a bracket alone.
    if (lines.length === 0 && !/^\{.+\}$/.test(x.source)) return [{ source: text, line: 0 }];
    if (lines.length === maxReports) throw tooMuch();
    lines.push(x);
  }
  return lines.length > 1 ? lines : [{ source: text, line: 0 }];
}

const tooMuch = () => new ReportError('these are more than ' + maxReports + ' reports or ' + (maxTotal >> 20) +
  ' MiB: `ssmcheck fleet` reads any number');

function* linesOf(text) {
  let line = 0;
  for (let at = 0; at < text.length;) {
    const next = text.indexOf('\n', at);
    const end = next < 0 ? text.length : next;
    const source = text.slice(at, end).trim();
    line++;
    if (source) yield { source, line };
    at = end + 1;
  }
}

// inPage gives the report inside a page, in which our pages escape all of HTML's
// signs. Nothing else of the page is read.
function inPage(text) {
  const mark = '<script type="application/json" id="report">';
  const at = text.indexOf(mark);
  if (at < 0) throw new ReportError('the page has no report of ssmcheck in it');
  const begin = at + mark.length;
  return plainJSON(text.slice(begin, text.indexOf('<', begin)));
}

// plainJSON undoes the escapes that a report has inside a page, which make it longer.
function plainJSON(text) {
  const plainly = new Map([['\\u003c', '<'], ['\\u003e', '>'], ['\\u0026', '&']]);
  return text.replace(/\\(?:u00(?:3[ce]|26)|[^])/g, (s) => plainly.get(s) ?? s);
}

// reportsIn reads the reports in files, while wanted() holds. Whatever cannot be read
// is returned with the reason.
async function reportsIn(files, wanted) {
  const found = [];
  const refused = [];
  let total = 0;
  for (const file of files) {
    try {
      total += file.size;
      if (total > maxTotal) throw files.length > 1 ? tooMuch() : tooLarge();
      const texts = documentsOf(await textOf(file));
      if (!wanted()) break;
      for (const { source, line } of texts) {
        const name = file.name + (line > 0 ? ', line ' + line : '');
        try {
          if (found.length === maxReports) throw tooMuch();
          if (new Blob([source]).size > given.max_document) throw tooLarge();
          found.push(entryOf(name, source));
        } catch (error) {
          refused.push({ name, error });
        }
      }
    } catch (error) {
      refused.push({ name: file.name, error });
    }
    if (refused.length > maxReports) break;
  }
  return { found, refused };
}

// entryOf is what a list of reports says of one; it is read again to be drawn.
function entryOf(name, source) {
  const report = readReport(source);
  const { instance, region, startedAt, verdict } = report;
  const codes = unique(report.findings.filter((f) => ['error', 'warning'].includes(f.severity)).map((f) => f.code));
  return { name, source, instance, region, startedAt, verdict, codes, errors: unique(withSeverity(report, 'error').map((f) => f.code)) };
}
