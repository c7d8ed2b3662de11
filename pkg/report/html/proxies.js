// Proxies: a report of an older version may have a proxy's password, path or
// query in it. They are taken out of the whole document before it is drawn, kept
// in the page or saved.

// shownProxy is the form of a proxy setting that has no secret, as RedactProxy
// writes it: scheme, user, host and port.
const shownProxy = /^(?:(?:\w+|\*{3}):\/\/)*(?:(?:[\w.~+*-]+:)?\*{3}@)?(?:[\w.*-]*|\[[\w:.%-]+\])(?::(?:\d{1,5}|\*{3}))?$/;

// openProxies are the proxy settings of a document that have one.
function openProxies(o) {
  const node = object(object(o.node).proxy);
  const bypassed = [node.no, node.shell_no].flatMap((list) => string(list).split(',')).filter((s) => s.includes('@'));
  return [node.https, node.http, node.shell_https, node.metadata, ...bypassed, ...objects(node.unused).map((u) => u.url),
    ...objects(object(o.plan).targets).flatMap((t) => [t.proxy, object(t.unused_proxy).url]),
    ...objects(o.targets).flatMap((t) => [object(t.proxy).url, object(t.shell_proxy).url, object(t.unused_proxy).url]), ...objects(o.signed).map((c) => c.proxy)]
    .map(string).filter((s) => !shownProxy.test(s));
}

// withoutProxySecrets gives the document without those settings, and without the
// words of them wherever another text quotes them: which one is the password
// is unknown for a setting that no program reads.
function withoutProxySecrets(raw) {
  const settings = openProxies(object(raw.observations));
  if (settings.length === 0) return raw;
  const words = [...new Set(settings.flatMap((s) => s.slice(0, 1024).split(/[^\p{L}\p{N}._~+-]+/u))
    .filter((s) => s.length > 3 && !/^(?:[\d.]+|https?|socks\w*|user|proxy)$/.test(s)))].sort((a, b) => b.length - a.length).slice(0, 64);
  // One expression passes each text once; the longest of words that begin alike comes first.
  const any = new RegExp(words.map((s) => s.replace(/[.+]/g, '\\$&')).join('|') || '(?!)', 'g');
  const whole = new Set(settings);
  const hide = (text) => (whole.has(text) ? '***' : text.replace(any, '***'));
  const own = /^(?:schema|verdict|severity|code|kind|name|ending)$/; // this program's words: "pass" is a password too
  return JSON.parse(JSON.stringify(raw), (key, value) => (typeof value === 'string' && !own.test(key) ? hide(value) : value));
}
