// Copying: to the clipboard, otherwise by selecting, so that a key can do it.

function announce(s) {
  const status = document.getElementById('status');
  status.textContent = '';
  // A new text after a moment is read out, also when it is the same as before.
  setTimeout(() => { status.textContent = visible(s); }, 50);
}

function copyButton(title, label, text, shown) {
  const words = el('span', { 'aria-hidden': 'true' }, title); // the label says more
  const button = el('button', { type: 'button', class: 'button copy', 'aria-label': label }, words);
  button.addEventListener('click', async () => {
    const copied = await copyText(text(), shown);
    words.textContent = copied ? 'Copied' : 'Selected';
    announce(copied ? 'copied' : 'selected: copy it with the keyboard');
    setTimeout(() => { words.textContent = title; }, 2000);
  });
  return button;
}

// copyText reports whether the text is on the clipboard. If it is not, the text is
// selected.
async function copyText(text, shown) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    shown.hidden = false; // a ticket is shown only then
    select(shown);
    return document.execCommand('copy');
  }
}

function select(element) {
  const range = document.createRange();
  range.selectNodeContents(element);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}

// copyNoLineEnds keeps the line end out of what a triple click selects and of what is
// copied from one line: a shell would run the line as soon as it is pasted.
function copyNoLineEnds() {
  addEventListener('mousedown', (event) => {
    const code = event.detail >= 3 && event.target.closest('.command code');
    if (!code) return;
    event.preventDefault();
    select(code);
  });
  addEventListener('copy', (event) => {
    const text = getSelection().toString();
    const line = text.replace(/[\r\n]+$/, '');
    if (line === text || /[\r\n]/.test(line)) return;
    event.preventDefault();
    event.clipboardData.setData('text/plain', line);
  });
}
