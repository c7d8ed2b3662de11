// The fix as code: what `ssmcheck fix` prints, made when the page was written. A
// report that is opened in the page comes without it: it is not made here.

const languages = new Map([['cli', 'AWS CLI'], ['terraform', 'Terraform'], ['cloudformation', 'CloudFormation']]);

function remedySection(report) {
  const made = object(report.made.remedy);
  const texts = [...languages.keys()].filter((name) => string(made[name]) !== '');
  if (texts.length > 0) {
    return section('remedy', 'The fix as code', moreLine('Nothing is applied by itself: read it first.'),
      texts.map((name) => remedyFold(languages.get(name), name, made[name])));
  }
  const fixable = report.findings.some((f) => f.severity !== 'info' && f.fix.length > 0);
  if (!report.opened || report.bare || !fixable) return null;
  return section('remedy', 'The fix as code', moreLine('FILE is this report.'),
    [...languages.keys()].map((name) => command('ssmcheck fix --as ' + name + ' FILE')));
}

function remedyFold(title, name, text) {
  const pre = el('pre', { tabindex: 0, 'aria-label': 'the fix as ' + title });
  pre.textContent = visibleLines(text);
  return raw(folded('as-' + name, [title], copyButton('Copy', 'Copy the fix as ' + title, () => pre.textContent, pre), pre));
}
