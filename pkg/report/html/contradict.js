// Whether a report's verdicts are consistent. A report may come from anywhere, and
// this page does not judge the facts again as `ssmcheck diagnose` does; but it shows
// no verdict that the rest of the report contradicts.

const gravity = ['pass', 'skip', '', 'warn', 'fail'];

function graver(a, b) {
  return gravity.indexOf(b) > gravity.indexOf(a) ? b : a;
}

const known = (verdict) => (verdictWords.has(verdict) ? verdict : '');

// contradictions describes each inconsistency, and removes the verdicts that are
// better than they can be.
function contradictions(report) {
  const said = [];
  const counting = report.findings.filter((f) => !f.ignored);
  const failing = new Set(counting.filter((f) => f.severity === 'error').flatMap((f) => f.targets));
  const doubt = (x, words) => {
    said.push(words);
    x.verdict = '';
  };
  for (const t of report.targets) {
    if (!t.asked || t.verdict !== 'pass') continue;
    const name = 'the target ' + t.name + ' passes';
    if (failing.has(t.name)) doubt(t, name + ', but an error names it');
    else if (t.because.length > 0) doubt(t, name + ', but has causes against it');
    else if (inVain(t.seen) && !errorIgnored(report, t)) doubt(t, name + ', but nothing there answered');
  }
  const fails = new Set(report.targets.filter((t) => t.verdict === 'fail').map((t) => t.name));
  const needs = new Map(report.needs);
  for (const c of report.capabilities) {
    if (c.verdict !== 'pass') continue;
    const name = capabilityTitle(c.name) + ' can work';
    const unmet = (needs.get(c.name) ?? []).find((any) => any.length > 0 && any.every((t) => fails.has(t)));
    if (unmet) doubt(c, name + ', but what it needs fails: ' + joinMax(unmet, 3));
    else if (c.because.length > 0) doubt(c, name + ', but has causes against it');
  }
  const all = [...ofTheWhole(report, counting), ...said];
  if (all.length > 0 && report.verdict !== 'fail') report.verdict = '';
  return all;
}

// ofTheWhole compares the verdict of the run with what it is made of.
function ofTheWhole(report, counting) {
  const errors = counting.filter((f) => f.severity === 'error').map((f) => f.code);
  const warnings = counting.filter((f) => f.severity === 'warning').map((f) => f.code);
  const broken = report.capabilities.filter((c) => c.verdict === 'fail').map((c) => capabilityTitle(c.name));
  const parts = report.capabilities.map((c) => known(c.verdict)).reduce(graver, 'pass');
  const words = 'the verdict is ' + (verdictWords.get(report.verdict) ?? 'none') + ', but ';
  if (report.verdict === 'fail') {
    const own = report.targets.some((t) => t.asked && t.verdict === 'fail');
    return errors.length > 0 || broken.length > 0 || own ? [] : [words + 'nothing requested fails'];
  }
  const said = [];
  const named = new Set(report.capabilities.map((c) => c.name));
  if (broken.length > 0) said.push(words + joinMax(broken, 3) + ' cannot work');
  if (errors.length > 0) said.push(words + 'there are errors: ' + joinMax(unique(errors), 3));
  const missing = report.capabilities.length > 0 ? report.planned.filter((name) => !named.has(name)) : [];
  if (report.verdict === 'pass') {
    if (missing.length > 0) said.push(words + 'the report lacks ' + joinMax(missing.map(capabilityTitle), 3));
    else if (said.length === 0 && parts !== 'pass') said.push(words + 'not everything requested passes');
    else if (said.length === 0 && warnings.length > 0) said.push(words + 'there are warnings: ' + joinMax(unique(warnings), 3));
  }
  return said;
}

// inVain reports whether a target was tried, and that no reply came from anywhere.
function inVain({ proxy, addresses }) {
  const attempts = proxy ? [proxy.inside, proxy.socket, ...addresses] : addresses;
  const replied = (c) => c && (c.reply && !c.reply.failure || c.socket?.reply && !c.socket.reply.failure);
  return attempts.length > 0 && !attempts.some(replied);
}

// contradictionWords are shown right below the verdict.
function contradictionWords(report) {
  const list = report.contradictions;
  if (list.length === 0) return null;
  return el('div', { class: 'contradiction bad' },
    el('p', {}, el('strong', {}, 'This report contradicts itself.'), ' Do not rely on its verdicts: ', el('code', {}, 'ssmcheck diagnose FILE'),
      ' judges its observations again.'),
    el('ul', {}, atMost(list, 5).map((words) => el('li', {}, breakable(words)))));
}
