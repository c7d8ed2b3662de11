// Copying: by the clipboard, else by selecting, so that a key can do it.

function announce(s) {
  const status = document.getElementById('status');
  status.textContent = '';
  // A new text after a moment is read out, also when it is the same as before.
  setTimeout(() => { status.textContent = visible(s); }, 50);
}

function copyButton(title, label, text, shown) {
  const words = el('span', {}, title);
  const button = el('button', { type: 'button', class: 'button copy', 'aria-label': label }, words);
  button.addEventListener('click', async () => {
    const copied = await copyText(text(), shown);
    words.textContent = copied ? 'Copied' : 'Selected';
    announce(copied ? 'copied' : 'selected: copy it with the keyboard');
    setTimeout(() => { words.textContent = title; }, 2000);
  });
  return button;
}

// copyText reports whether the text is on the clipboard. Where it is not, the
// text is selected.
async function copyText(text, shown) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const selection = getSelection();
    selection.removeAllRanges();
    const range = document.createRange();
    range.selectNodeContents(shown);
    selection.addRange(range);
    return document.execCommand('copy');
  }
}
