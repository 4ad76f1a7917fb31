(() => {
  'use strict';
  const form = document.querySelector('form');
  const body = form.querySelector('tbody');
  const list = form.querySelector('input[type=hidden][name=files]');
  const button = form.querySelector('.send button');
  const all = document.getElementById('all');
  const filter = document.getElementById('filter');
  const count = document.getElementById('count');
  const chosen = document.getElementById('chosen');
  // The browser's region decides the format of times, because the page's language alone does not: readers of English may be in London or in New York.
  const language = navigator.languages.find(preferred => preferred.split('-')[0] === document.documentElement.lang) || document.documentElement.lang;

  const files = [...body.rows].map(row => {
    const [box, label] = [row.querySelector('input'), row.querySelector('bdi')];
    const name = label.textContent;
    return { row, box, label, name, path: name.slice(0, name.replace(/\/$/, '').lastIndexOf('/') + 1), bytes: Number(row.querySelector('[data-bytes]').dataset.bytes), matches: true };
  });

  const clock = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
  document.querySelectorAll('time').forEach(time => { time.textContent = clock.format(new Date(time.dateTime)); });

  // Each folder with files gets a row, below the row of its nearest parent folder that has one.
  const folders = new Map([...new Set(files.map(file => file.path))].filter(path => path).map(path => [path, { path, isOpen: files.length <= 100 }]));
  const above = path => {
    for (let end = path.lastIndexOf('/', path.length - 2); end > 0; end = path.lastIndexOf('/', end - 1)) {
      if (folders.has(path.slice(0, end + 1))) { return path.slice(0, end + 1); }
    }
    return '';
  };
  const text = (pattern, value) => form.dataset[pattern].replace('{0}', () => value);
  const howMany = number => number === 1 ? form.dataset.one : text('many', number);
  const size = bytes => {
    let unit = 0;
    for (; bytes >= 999.5; bytes /= 1000) { unit++; }
    const digits = unit === 0 || bytes >= 99.95 ? 0 : 1;
    return `${bytes.toLocaleString(language, { maximumFractionDigits: digits })} ${['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'][unit]}`;
  };

  const addFolder = (folder, depth) => {
    folder.files = files.filter(file => file.path.startsWith(folder.path));
    const row = folder.row = document.createElement('tr');
    const [select, name, total] = [row.insertCell(), row.insertCell(), row.insertCell()];
    const box = folder.box = document.createElement('input');
    const toggle = folder.toggle = document.createElement('button');
    const label = document.createElement('bdi');
    [row.className, name.className, total.className, total.colSpan] = ['folder', 'name', 'number', 2];
    box.type = 'checkbox';
    box.setAttribute('aria-label', text('folder', folder.path));
    box.addEventListener('change', () => folder.files.forEach(file => { file.box.checked = file.matches ? box.checked : file.box.checked; }));
    toggle.type = 'button';
    toggle.addEventListener('click', () => { folder.isOpen = !folder.isOpen; update(); });
    label.textContent = folder.path.slice(folder.above.length);
    total.textContent = howMany(folder.files.length);
    name.style.paddingInlineStart = `${0.5 + 1.25 * depth}rem`;
    select.append(box);
    toggle.append(label);
    name.append(toggle);
    body.append(row);
    addContent(folder.path, depth + 1);
  };
  const addContent = (path, depth) => {
    for (const file of files.filter(file => file.path === path)) {
      file.label.textContent = file.name.slice(path.length);
      file.row.querySelector('.name').style.paddingInlineStart = `${0.5 + 1.25 * depth}rem`;
      body.append(file.row);
    }
    [...folders.values()].filter(folder => folder.above === path).forEach(folder => addFolder(folder, depth));
  };

  const isOpen = path => !path || filter.value.trim() !== '' || (folders.get(path).isOpen && isOpen(folders.get(path).above));
  const show = (box, below) => {
    const checked = below.filter(file => file.box.checked).length;
    box.checked = below.length > 0 && checked === below.length;
    box.indeterminate = checked > 0 && checked < below.length;
  };
  const update = () => {
    files.forEach(file => { file.row.hidden = !file.matches || !isOpen(file.path); });
    folders.forEach(folder => {
      const below = folder.files.filter(file => file.matches);
      folder.row.hidden = below.length === 0 || !isOpen(folder.above);
      folder.toggle.setAttribute('aria-expanded', isOpen(folder.path));
      show(folder.box, below);
    });
    show(all, files.filter(file => file.matches));
    const checked = files.filter(file => file.box.checked);
    button.disabled = checked.length === 0;
    chosen.textContent = checked.length === 0 ? '' : `${howMany(checked.length)} · ${size(checked.reduce((sum, file) => sum + file.bytes, 0))}`;
  };

  // Numbers are combined to ranges, because a thousand numbers are too long for an address.
  const ranges = numbers => {
    const parts = [];
    for (const number of numbers) {
      const last = parts[parts.length - 1];
      if (last && last[1] === number - 1) { last[1] = number; } else { parts.push([number, number]); }
    }
    return parts.map(([first, last]) => first === last ? first : `${first}-${last}`).join(',');
  };

  form.addEventListener('submit', () => {
    list.value = ranges(files.filter(file => file.box.checked).map(file => Number(file.box.value)));
    files.forEach(file => { file.box.disabled = true; });
    setTimeout(() => { list.value = ''; files.forEach(file => { file.box.disabled = false; }); });
  });
  all.addEventListener('change', () => files.forEach(file => { file.box.checked = file.matches ? all.checked : file.box.checked; }));
  form.addEventListener('change', update);
  filter.addEventListener('input', () => {
    const wanted = filter.value.trim().toLowerCase();
    files.forEach(file => { file.matches = file.name.toLowerCase().includes(wanted); });
    count.textContent = wanted ? `${files.filter(file => file.matches).length} / ${files.length}` : '';
    update();
  });
  filter.addEventListener('keydown', event => { if (event.key === 'Enter') { event.preventDefault(); } });
  folders.forEach(folder => { folder.above = above(folder.path); });
  addContent('', 0);
  document.querySelectorAll('[data-script]').forEach(element => { element.hidden = false; });
  update();
})();
