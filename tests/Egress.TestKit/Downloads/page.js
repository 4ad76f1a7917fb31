// Opens pages in Chromium, checks them, chooses files and downloads them. Prints the results as JSON.
// node page.js MODULES CHROMIUM FOLDER PAGES [SCREENSHOTS], where PAGES is JSON: the address of each page by its name. Files are chosen and
// downloaded on the page "whole".
'use strict';
const fs = require('fs');
const path = require('path');
const [modules, executablePath, folder, pages, screenshots] = process.argv.slice(2);
const addresses = JSON.parse(pages);
const load = name => require(require.resolve(name, { paths: [modules] }));
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js', { paths: [modules] }), 'utf8');
const seen = { violations: [], errors: [], foreign: [], titles: {}, shown: [] };
const looks = [[1280, 'light'], [1280, 'dark'], [390, 'light'], [390, 'dark']];

// The browser reports every response with a status of 400 and above. Some of these pages have such a status on purpose.
const isStatus = message => message.text().startsWith('Failed to load resource: the server responded with a status of 4')
  && Object.values(addresses).includes(message.location().url);

const open = async browser => {
  const page = await browser.newPage();
  page.setDefaultTimeout(120000);
  page.on('console', message => isStatus(message) || seen.errors.push(`${page.url()}: ${message.text()}`));
  page.on('pageerror', error => seen.errors.push(`${page.url()}: ${error}`));
  page.on('request', request => new URL(request.url()).origin === new URL(addresses.whole).origin || seen.foreign.push(request.url()));
  return page;
};

/** Opens a page in one look, and checks it. */
const check = async (page, name, width, scheme) => {
  const language = scheme === 'light' ? 'en' : 'de';
  await page.setExtraHTTPHeaders({ 'Accept-Language': language });
  const response = await page.goto(addresses[name]);
  seen.titles[`${name} ${language}`] = `${response.status()} ${await page.$eval('html', html => html.lang)} ${await page.$eval('h1', h1 => h1.textContent)}`;
  await page.evaluate(axe);
  await look(page, name, width, scheme);
};

/** Checks the page that is open in one look. */
const look = async (page, name, width, scheme) => {
  await page.setViewport({ width, height: 900 });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  const result = await page.evaluate('axe.run()');
  const place = `${name} ${width} ${scheme}`;
  seen.violations.push(...result.violations.map(violation => `${place}: ${violation.id}, ${violation.nodes.map(node => node.target).join(' ')}`));
  if (await page.evaluate('document.documentElement.scrollWidth > innerWidth')) { seen.violations.push(`${place}: wider than the window`); }
  if (screenshots) { await page.screenshot({ path: path.join(screenshots, `${name}-${width}-${scheme}.png`), fullPage: true }); }
};

/** Clicks something that begins a download, and waits for its end. */
const download = async (browser, page, selector) => {
  const session = await browser.target().createCDPSession();
  await session.send('Browser.setDownloadBehavior', { behavior: 'allowAndName', downloadPath: folder, eventsEnabled: true });
  const ended = new Promise(resolve => session.on('Browser.downloadProgress', event => event.state !== 'inProgress' && resolve(event.state)));
  const begun = new Promise(resolve => session.on('Browser.downloadWillBegin', resolve));
  await page.click(selector);
  const { url, guid, suggestedFilename } = await begun;
  const state = await ended;
  await session.detach();
  return { files: new URL(url).searchParams.getAll('files').join(' '), path: path.join(folder, guid), name: suggestedFilename, state };
};

const choose = async page => {
  const shown = async () => seen.shown.push(await page.$$eval('tbody tr', rows => rows.filter(row => !row.hidden).length));
  await shown();
  await page.type('#filter', 'B.J');
  await shown();
  await page.$eval('#filter', filter => { filter.value = ''; filter.dispatchEvent(new Event('input')); });
  await page.focus('.folder button');
  await page.keyboard.press('Enter');
  await shown();
  await page.keyboard.press('Enter');
  await shown();
  seen.disabled = await page.$eval('.send button', button => button.disabled);
  await page.click('.folder input[aria-label*="2024/raw/"]');
  await page.click('input[value="4"]');
};

(async () => {
  const browser = await load('puppeteer-core').launch({
    executablePath,
    userDataDir: path.join(folder, 'profile'),
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
    protocolTimeout: 120000,
  });
  const page = await open(browser);
  for (const name of Object.keys(addresses)) {
    for (const [width, scheme] of looks) {
      await check(page, name, width, scheme);
    }
  }

  await page.emulateTimezone('Pacific/Kiritimati');
  await page.goto(addresses.whole);
  seen.until = await page.$eval('.facts time', time => time.textContent);
  await choose(page);
  seen.chosen = await page.$eval('#chosen', chosen => chosen.textContent);
  await page.evaluate(axe);
  for (const [width, scheme] of looks) {
    await look(page, 'selection', width, scheme);
  }

  seen.selection = await download(browser, page, '.send button');
  seen.whole = await download(browser, page, 'a.button');

  const plain = await open(browser);
  await plain.setJavaScriptEnabled(false);
  await plain.goto(addresses.whole);
  await plain.click('input[value="1"]');
  await plain.click('input[value="6"]');
  seen.plain = await download(browser, plain, '.send button');
  await browser.close();
  console.log(JSON.stringify(seen));
})().catch(error => {
  console.error(error);
  process.exit(1);
});
