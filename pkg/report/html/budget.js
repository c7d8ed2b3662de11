// The budget: how much of a report is drawn. Each list of a report is bounded, but
// not their total, so everything drawn is charged to one budget. What does not fit is
// counted and reported.

const maxElements = 30000;
const maxLetters = 400000;
const maxText = 4000; // letters of one text
const maxAttribute = 300; // letters of one attribute, such as a button's name

let room = { elements: 0, letters: 0 }; // what may still be drawn
let left = 0; // how much of the report is not drawn

function openBudget() {
  room = { elements: maxElements, letters: maxLetters };
  left = 0;
}

const spent = () => room.elements <= 0 || room.letters <= 0;

// share lets draw spend a part of what is left, so that no section and no
// entry takes it all.
function share(part, draw) {
  const whole = room;
  const mine = { elements: Math.ceil(whole.elements * part), letters: Math.ceil(whole.letters * part) };
  room = { ...mine };
  const drawn = draw();
  room = { elements: whole.elements - mine.elements + room.elements, letters: whole.letters - mine.letters + room.letters };
  return drawn;
}

// entries draws as much of a list as the budget allows; more makes the element that
// counts the rest.
function entries(list, draw, more) {
  const drawn = [];
  while (drawn.length < list.length && !spent()) drawn.push(draw(list[drawn.length], drawn.length));
  const rest = list.length - drawn.length;
  if (rest === 0) return drawn;
  left += rest;
  return [...drawn, more(rest + ' more not drawn')];
}

const moreItem = (words) => el('li', { class: 'quiet' }, words);
const moreLine = (words) => el('p', { class: 'quiet' }, words);

// cut shortens a text that no run makes, and says by how much.
function cut(s) {
  if (s.length <= maxText + 60) return s; // as it is also when it comes here again
  left++;
  return s.slice(0, maxText).replace(/[\ud800-\udbff]$/, '') + '… (' + (s.length - maxText) + ' more characters not drawn)';
}
