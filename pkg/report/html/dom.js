// Elements and texts. What a report says becomes a text or the value of an
// attribute, never markup, and first goes through visible().

const svgNamespace = 'http://www.w3.org/2000/svg';

// unseen are the characters that reorder text, join the one before them or
// cannot be seen, as the text report has it: control and format characters,
// marks, every space but the plain one, what a font may leave out (fillers,
// the empty braille pattern), letters written from right to left.
const unseen = /[\p{C}\p{M}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}|[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/gu;

// plain texts are nearly all, and quicker to know than unseen ones to find.
const plain = /^[ -~]*$/;

function visible(x) {
  const s = String(x);
  return plain.test(s) ? s : s.replace(unseen, (c) => {
    const code = c.codePointAt(0);
    const hex = (digits) => code.toString(16).padStart(digits, '0');
    if (code < 0x100) return '\\x' + hex(2);
    return code < 0x10000 ? '\\u' + hex(4) : '\\U' + hex(8);
  });
}

// visibleLines keeps the line ends of a text of several lines.
function visibleLines(s) {
  return s.split('\n').map(visible).join('\n');
}

function fill(element, attributes, children) {
  room.elements--;
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== undefined && value !== null) element.setAttribute(name, attributeText(value));
  }
  // Texts side by side are one: a screen reader stops at each.
  let text = '';
  const write = () => {
    if (text === '') return;
    room.letters -= text.length;
    element.append(text);
    text = '';
  };
  for (const child of children.flat(Infinity)) {
    if (child instanceof Node) {
      write();
      element.append(child);
    } else if (child !== undefined && child !== null && child !== false) text += visible(cut(String(child)));
  }
  write();
  return element;
}

function attributeText(value) {
  const s = String(value);
  return s.length <= maxAttribute ? visible(s) : visible(s.slice(0, maxAttribute)) + '…';
}

// el makes an element. Children that are false, null or empty are skipped.
function el(name, attributes, ...children) {
  return fill(document.createElement(name), attributes, children);
}

function svg(name, attributes, ...children) {
  return fill(document.createElementNS(svgNamespace, name), attributes, children);
}

const maxJoints = 60; // in one text
const maxWhole = 39; // letters of a name for which a phone's line is long enough,
const maxList = 32; // of one in a list,
const maxLarge = 24; // and of one in large letters or a command

// compound words are those within which a browser would end a line.
const compound = /[^ ][-/?][^ ]/;

// breakable keeps each name of a text whole: a line ends before it rather than inside.
// A name that is longer than any line breaks at its joints, but never inside a number
// or an IPv4 address.
function breakable(x, whole = maxWhole) {
  const s = cut(String(x));
  let joints = 0;
  const pieces = s.split(/( +)/).flatMap((word) => {
    if (word.length <= whole && !(word.length > 7 && compound.test(word))) return [word];
    const joint = word.split(':', 4).length === 4 ? /(?<=[/@=:](?![/:])|\.(?!\d))/ : /(?<=[/@=](?!\/)|\.(?!\d))/;
    const parts = word.length > whole ? joined(word.split(joint), whole) : [word];
    joints += parts.length;
    return joints > maxJoints ? [word] : [parts];
  });
  if (joints > maxJoints || spent()) return [s];
  return pieces.map((piece) => (typeof piece === 'string' ? piece
    : nameElement(piece.length > 1 ? piece.map((part) => nameElement(part)) : piece)));
}

// joined joins the parts of a name as long as they fit on a line: a screen reader stops
// at each.
function joined(parts, most) {
  const out = [''];
  for (const part of parts) {
    if (out.at(-1) !== '' && out.at(-1).length + part.length > most) out.push('');
    out[out.length - 1] += part;
  }
  return out;
}

const nameElement = (parts) => el('span', { class: 'name' }, parts);

// aside is what only a screen reader says.
function aside(s) {
  return el('span', { class: 'hidden' }, s);
}

function clear(element) {
  element.replaceChildren();
}
