(() => {
  'use strict';
  const form = document.querySelector('form');
  const boxes = [...form.querySelectorAll('tbody input[type=checkbox]')];
  const list = form.querySelector('input[type=hidden][name=files]');
  const button = form.querySelector('button');
  const all = document.getElementById('all');
  const filter = document.getElementById('filter');
  const row = box => box.closest('tr');

  const update = () => {
    const shown = boxes.filter(box => !row(box).hidden);
    const checked = shown.filter(box => box.checked).length;
    all.checked = shown.length > 0 && checked === shown.length;
    all.indeterminate = checked > 0 && checked < shown.length;
    button.disabled = !boxes.some(box => box.checked);
  };

  // A thousand numbers are too long for an address; ranges are not.
  const ranges = numbers => {
    const parts = [];
    for (const number of numbers) {
      const last = parts[parts.length - 1];
      if (last && last[1] === number - 1) { last[1] = number; } else { parts.push([number, number]); }
    }
    return parts.map(([first, last]) => first === last ? first : `${first}-${last}`).join(',');
  };

  form.addEventListener('submit', () => {
    list.value = ranges(boxes.filter(box => box.checked).map(box => Number(box.value)));
    boxes.forEach(box => { box.disabled = true; });
    setTimeout(() => { list.value = ''; boxes.forEach(box => { box.disabled = false; }); });
  });
  form.addEventListener('change', update);
  all.addEventListener('change', () => {
    boxes.filter(box => !row(box).hidden).forEach(box => { box.checked = all.checked; });
    update();
  });
  filter.addEventListener('input', () => {
    const text = filter.value.trim().toLowerCase();
    boxes.forEach(box => { row(box).hidden = !row(box).querySelector('.name').textContent.toLowerCase().includes(text); });
    update();
  });
  filter.addEventListener('keydown', event => { if (event.key === 'Enter') { event.preventDefault(); } });
  document.querySelectorAll('[data-script]').forEach(element => { element.hidden = false; });
  update();
})();
