// Downloads an address in Chromium. Prints how the download ended, and its path, as JSON.
// node download.js MODULES CHROMIUM FOLDER ADDRESS
'use strict';
const path = require('path');
const [modules, executablePath, folder, address] = process.argv.slice(2);

(async () => {
  const browser = await require(require.resolve('puppeteer-core', { paths: [modules] })).launch({
    executablePath,
    userDataDir: path.join(folder, 'profile'),
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
    protocolTimeout: 120000,
  });
  const session = await browser.target().createCDPSession();
  await session.send('Browser.setDownloadBehavior', { behavior: 'allowAndName', downloadPath: path.join(folder, 'downloads'), eventsEnabled: true });
  const ended = new Promise(resolve => session.on('Browser.downloadProgress', event => event.state !== 'inProgress' && resolve(event)));
  const page = await browser.newPage();
  await page.goto(address).catch(() => {}); // A download is not a page.
  const { state, guid } = await ended;
  await browser.close();
  console.log(JSON.stringify({ state, path: path.join(folder, 'downloads', guid) }));
})().catch(error => {
  console.error(error);
  process.exit(1);
});
