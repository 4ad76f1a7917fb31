// Opens the page about an archive in Chromium, checks it, chooses files and downloads them. Prints what it saw as JSON.
// node page.js MODULES CHROMIUM URL FOLDER
'use strict';
const fs = require('fs');
const path = require('path');
const [modules, executablePath, url, folder] = process.argv.slice(2);
const load = name => require(require.resolve(name, { paths: [modules] }));
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js', { paths: [modules] }), 'utf8');

(async () => {
  const browser = await load('puppeteer-core').launch({
    executablePath,
    userDataDir: path.join(folder, 'profile'),
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
    protocolTimeout: 120000,
  });
  const page = await browser.newPage();
  page.setDefaultTimeout(120000);
  const seen = { violations: [], errors: [], foreign: [], shown: [] };
  page.on('console', message => seen.errors.push(message.text()));
  page.on('pageerror', error => seen.errors.push(String(error)));
  page.on('request', request => new URL(request.url()).origin === new URL(url).origin || seen.foreign.push(request.url()));

  for (const [width, scheme] of [[1280, 'light'], [1280, 'dark'], [390, 'light'], [390, 'dark']]) {
    await page.setViewport({ width, height: 900 });
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    await page.goto(url);
    await page.evaluate(axe);
    const result = await page.evaluate('axe.run()');
    seen.violations.push(...result.violations.map(violation => `${width} ${scheme}: ${violation.id}, ${violation.nodes.map(node => node.target).join(' ')}`));
    const overflow = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
    if (overflow) { seen.violations.push(`${width} ${scheme}: wider than the window`); }
  }

  const shown = () => page.$$eval('tbody tr', rows => rows.filter(row => !row.hidden).length);
  seen.shown.push(await shown());
  await page.type('#filter', 'C');
  seen.shown.push(await shown());
  await page.keyboard.press('Backspace');
  seen.disabled = await page.$eval('form button', button => button.disabled);
  for (const number of [1, 2, 4]) {
    await page.click(`input[value="${number}"]`);
  }

  const session = await browser.target().createCDPSession();
  await session.send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: folder, eventsEnabled: true });
  const ended = new Promise(resolve => session.on('Browser.downloadProgress', event => event.state !== 'inProgress' && resolve(event.state)));
  const begun = new Promise(resolve => session.on('Browser.downloadWillBegin', resolve));
  await page.click('form button');
  const download = await begun;
  seen.address = decodeURIComponent(new URL(download.url).searchParams.get('files'));
  seen.file = download.suggestedFilename;
  seen.download = await ended;
  await browser.close();
  console.log(JSON.stringify(seen));
})().catch(error => {
  console.error(error);
  process.exit(1);
});
