// The report as a ticket: the verdict, the causes, what proves them and what to
// do, as Markdown in which nothing of the report is markup.

const nothing = '<' + '!-- -->'; // keeps a tracker from taking a word for a name

// mdText is text on one line that is nothing but text, as the Markdown report
// writes it.
function mdText(s) {
  return visible(s.trim()).replace(/[\\`*_[\]<>|~$&]|^[-+=]|:(?=\/\/)|(?<=www)\.|(?<=^\d+)[.)](?= |$)/gi, '\\$&')
    .replace(/^#/, '\\#').replace(/[@#]/g, '$&' + nothing);
}

// mdProse is a sentence whose backticks mark code.
function mdProse(s) {
  const pieces = s.split('`');
  if (pieces.length % 2 === 0 || pieces.slice(1, -1).includes('')) return mdText(s);
  const ends = (piece, text) => (/^ /.test(piece) ? ' ' : '') + text + (text && / $/.test(piece) ? ' ' : '');
  return pieces.map((piece, i) => (i % 2 === 1 ? '`' + visible(piece) + '`' : ends(piece, mdText(piece)))).join('').trim();
}

function mdFence(lines) {
  const body = lines.map((line) => visible(line)).join('\n');
  const longest = Math.max(2, mostOf((body.match(/`+/g) ?? []).map((run) => run.length)));
  const fence = '`'.repeat(longest + 1);
  return fence + 'text\n' + body + '\n' + fence;
}

function ticket(report) {
  const where = [report.instance, regionWords(report), moment(report.startedAt), 'ssmcheck ' + report.version].filter((s) => s);
  const parts = ['## ssmcheck ' + (verdictWords.get(report.verdict) ?? 'without a verdict') + ': ' + mdText(headline(report).what), where.map(mdText).join(', ')];
  if (report.contradictions.length > 0) parts.push('**This report contradicts itself**: ' + report.contradictions.map(mdText).join('; '));
  for (const f of report.findings.filter((f) => f.severity !== 'info')) {
    parts.push('### ' + mdText((severityWords.get(f.severity) ?? '????') + ' ' + f.code) + '\n\n' + mdText(f.title));
    if (f.evidence.length > 0) parts.push('#### ' + headings.evidence, mdFence(f.evidence));
    if (f.fix.length > 0) parts.push('#### ' + headings.fix, f.fix.map((step, i) => (i + 1) + '. ' + mdProse(step)).join('\n'));
  }
  if (report.redacted) parts.push('Names, ids and addresses are pseudonyms (--redact).');
  return parts.join('\n\n') + '\n';
}

// ticketButtons copy the ticket: as it is, and of the redacted copy that came with
// the page. A report that is opened in it has none, as only ssmcheck redacts.
function ticketButtons(report) {
  const shown = el('pre', { hidden: true, tabindex: 0, 'aria-label': 'the ticket' });
  const button = (title, text) => copyButton(title, title, () => {
    shown.textContent = text();
    return shown.textContent;
  }, shown);
  const redacted = () => ticket(readReport(JSON.stringify(report.made.redacted)));
  return el('div', { class: 'tickets' },
    button('Copy as ticket', () => ticket(report)), isObject(report.made.redacted) && button('Copy redacted ticket', redacted), shown);
}
