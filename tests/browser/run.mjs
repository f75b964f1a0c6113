// Do the public pages keep their promises in a real browser?
//
//   node run.mjs http://127.0.0.1:7100/ [--out ../../build/pages] [--chromium /usr/bin/chromium]
//
// Visits every sort of page in both languages, with and without scripts, on a phone and on a desk, and in
// every state that a question can lead to. Reports everything that axe-core finds, every host but the node
// that is asked, every cookie, every word written on the console, and whatever is wider than the screen.
// Exit status 0: nothing was found; 1: something was; 2: the node cannot be reached.

import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';

const HERE = dirname(fileURLToPath(import.meta.url));
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice'];
const WIDTHS = { phone: { width: 360, height: 780 }, desk: { width: 1280, height: 900 } };
/** The smallest target that a thumb should have to hit, in CSS pixels; links inside a sentence are free. */
const TARGET_PX = 44;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string', default: join(HERE, '..', '..', 'build', 'pages') },
    chromium: { type: 'string', default: process.env.CHROMIUM ?? '/usr/bin/chromium' },
    quick: { type: 'boolean', default: false },
  },
});
const base = new URL(positionals[0] ?? 'http://127.0.0.1:7100/');
const out = resolve(values.out);

const faults = [];
const fault = (where, what) => {
  faults.push({ where, what });
  console.log(`✗ ${where}: ${what}`);
};

/** Listings of different shapes, as the node's own interface names them. */
async function samples() {
  const ask = async (query) => {
    const answer = await fetch(new URL(`api/v1/listings?${query}`, base));
    if (!answer.ok) throw new Error(`${answer.url} answers ${answer.status}`);
    return (await answer.json()).items;
  };
  const items = (await Promise.all(['limit=100', 'limit=100&way=telephone', 'limit=100&way=online',
    'limit=100&concern=abuse', 'limit=100&openness=forming'].map(ask))).flat();
  const wanted = {
    plain: () => true,
    rich: (one) => one.schedules?.length > 1 && one.places?.length > 1,
    withheld: (one) => one.places?.some((place) => place.precision === 'withheld'),
    sensitive: (one) => one.sensitive,
    english: (one) => Object.keys(one.name).join() === 'en',
    french: (one) => Object.keys(one.name).join() === 'fr',
    paused: (one) => one.status === 'paused',
    letters: (one) => one.ways?.includes('mail'),
  };
  return Object.entries(wanted).flatMap(([name, is]) => {
    const found = items.find(is);
    return found ? [[name, found.id]] : [];
  });
}

/** Every page to visit: name, path in each language, status. */
async function pages() {
  const nothing = '00000000-0000-8000-8000-000000000000';
  const found = await samples();
  const search = (query) => ({ en: `en/search${query}`, fr: `fr/recherche${query}` });
  return [
    ['home', { en: 'en/', fr: 'fr/' }, 200],
    ['network', { en: 'en/network', fr: 'fr/reseau' }, 200],
    ['everything', search(''), 200],
    ['results', { en: 'en/search?q=grief&near=Toronto', fr: 'fr/recherche?q=deuil&near=Toronto' }, 200],
    ['narrowed', search('?way=online&language=en&concern=mental-health'), 200],
    ['second', search('?page=2'), 200],
    ['nothing', search('?q=xylophone+repair&near=Iqaluit&way=mail'), 200],
    ['unknown-place', search('?q=cancer&near=Kingstn'), 200],
    ['unreadable', search('?q=%FF&day=99&page=x'), 200],
    ['not-found', { en: 'en/nowhere', fr: 'fr/nulle-part' }, 404],
    ['no-listing', { en: `en/listing/${nothing}`, fr: `fr/fiche/${nothing}` }, 404],
    ...found.map(([name, id]) => [`listing-${name}`, { en: `en/listing/${id}`, fr: `fr/fiche/${id}` }, 200]),
  ];
}

/** A browser window that notes everything it should not see. */
async function open(browser, options, where) {
  const context = await browser.newContext({ ...options, baseURL: base.href });
  const page = await context.newPage();
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol !== 'data:' && url.host !== base.host) fault(where(), `asks ${url.host}`);
  });
  page.on('console', (message) => {
    // The browser itself writes a line for each page whose status is an error.
    if (!/the server responded with a status of 4\d\d/.test(message.text())) {
      fault(where(), `writes on the console: ${message.text()}`);
    }
  });
  page.on('pageerror', (error) => fault(where(), `fails: ${error.message}`));
  return { context, page };
}

/** What a look at the laid-out page says, whatever the rules of others are. */
function look(target) {
  const seen = [];
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (wide > 0) seen.push(`is ${wide} px wider than the screen`);
  const inSentence = (element) => {
    const around = element.closest('p, dd, li');
    return around && getComputedStyle(element).display === 'inline'
      && around.textContent.trim().length > element.textContent.trim().length;
  };
  for (const element of document.querySelectorAll('a, button, input, select, summary')) {
    const label = element.closest('label') ?? element;
    const box = label.getBoundingClientRect();
    const hidden = box.width === 0 || element.matches('.skip') || !element.checkVisibility();
    if (!hidden && !inSentence(element) && box.height < target - 0.5) {
      seen.push(`has a target of ${Math.round(box.height)} px: ${element.outerHTML.slice(0, 90)}`);
    }
  }
  return seen;
}

async function audit(page, where, target = TARGET_PX) {
  for (const seen of await page.evaluate(look, target)) fault(where, seen);
  const result = await page.evaluate(
    (rules) => axe.run(document, { runOnly: { type: 'tag', values: rules }, resultTypes: ['violations'] }),
    RULES,
  );
  for (const violation of result.violations) {
    for (const node of violation.nodes.slice(0, 3)) {
      fault(where, `${violation.id}: ${violation.help}: ${node.html.slice(0, 160)}`);
    }
  }
}

/**
 * With scripts switched off axe-core cannot run; as long as no page has any, the page is the same with them
 * on, which is what it looks at.
 */
async function visit(browser, list, lang, size, scripts) {
  let where = '';
  const options = { viewport: WIDTHS[size], javaScriptEnabled: scripts, locale: `${lang}-CA` };
  const { context, page } = await open(browser, options, () => where);
  if (scripts) await context.addInitScript({ path: AXE });
  for (const [name, paths, status] of list) {
    where = `${name} ${lang} ${size} ${scripts ? 'scripts' : 'no scripts'}`;
    const answer = await page.goto(paths[lang], { waitUntil: 'load' });
    if (answer.status() !== status) fault(where, `status ${answer.status()}, not ${status}`);
    const text = await answer.text();
    if (/Unknown localization|\{ \$/.test(text)) fault(where, 'shows an untranslated key');
    if (await page.locator('script').count()) fault(where, 'has a script');
    if (scripts) await audit(page, where);
    if (!scripts) {
      await page.screenshot({ path: join(out, `${name}-${lang}-${size}.png`), fullPage: true });
    }
  }
  const cookies = await context.cookies();
  if (cookies.length > 0) fault(where, `keeps ${cookies.length} cookies`);
  await context.close();
}

/** The looks that only change the style sheet: dark, forced colours, print, a page at 400 %. */
async function looks(browser, list) {
  const few = list.filter(([name]) => ['home', 'results', 'network', 'listing-rich', 'listing-plain'].includes(name));
  for (const [look, options, media] of [
    ['dark', { colorScheme: 'dark', viewport: WIDTHS.phone }, {}],
    ['dark-desk', { colorScheme: 'dark', viewport: WIDTHS.desk }, {}],
    ['forced', { forcedColors: 'active', viewport: WIDTHS.desk }, {}],
    ['zoom', { viewport: { width: 320, height: 256 } }, {}],
    ['print', { viewport: WIDTHS.desk }, { media: 'print' }],
  ]) {
    for (const lang of ['en', 'fr']) {
      let where = '';
      const { context, page } = await open(browser, { ...options, locale: `${lang}-CA` }, () => where);
      await context.addInitScript({ path: AXE });
      for (const [name, paths] of few) {
        where = `${name} ${lang} ${look}`;
        await page.goto(paths[lang], { waitUntil: 'load' });
        await page.emulateMedia(media);
        // Nobody presses paper.
        await audit(page, where, media.media === 'print' ? 0 : TARGET_PX);
        await page.screenshot({ path: join(out, `${name}-${lang}-${look}.png`), fullPage: look !== 'zoom' });
      }
      await context.close();
    }
  }
}

/** A search from the first page to a listing with the keyboard alone and without scripts. */
async function journey(browser, lang) {
  let where = `journey ${lang}`;
  const options = { viewport: WIDTHS.phone, javaScriptEnabled: false, locale: `${lang}-CA` };
  const { context, page } = await open(browser, options, () => where);
  await page.goto('');
  if (!page.url().endsWith(`/${lang}/`)) fault(where, `begins at ${page.url()}`);
  await page.keyboard.press('Tab');
  const skips = page.locator(':focus');
  if (!(await skips.evaluate((element) => element.matches('.skip')))) fault(where, 'does not begin with the skip link');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await page.keyboard.type('cancer');
  await page.keyboard.press('Enter');
  await page.waitForURL(/q=cancer/);
  where = `journey ${lang} results`;
  const cards = await page.locator('.cards > li').count();
  if (cards === 0) fault(where, 'finds nothing about cancer');
  await page.locator('input[name=way]').first().check();
  await page.locator('.apply button').click();
  await page.waitForURL(/way=/);
  if ((await page.locator('.ticked a').count()) === 0) fault(where, 'does not show what was ticked');
  const other = lang === 'en' ? 'fr' : 'en';
  await page.locator(`a[hreflang=${other}]`).click();
  await page.waitForURL(new RegExp(`/${other}/.*q=cancer.*way=`));
  await page.locator('.cards h2 a').first().click();
  where = `journey ${lang} listing`;
  await page.waitForURL(/\/(listing|fiche)\//);
  if ((await page.locator('h1').count()) !== 1) fault(where, 'has not one heading');
  await page.goBack();
  if (!/q=cancer/.test(page.url())) fault(where, 'does not lead back');
  await context.close();
}

await mkdir(out, { recursive: true });
let list;
try {
  list = await pages();
} catch (error) {
  console.error(`cannot ask ${base}: ${error.message}`);
  process.exit(2);
}
const browser = await chromium.launch({ executablePath: values.chromium, args: ['--no-sandbox'] });
const started = Date.now();
for (const lang of ['en', 'fr']) {
  for (const size of Object.keys(WIDTHS)) {
    for (const scripts of [true, false]) await visit(browser, list, lang, size, scripts);
  }
  await journey(browser, lang);
}
if (!values.quick) await looks(browser, list);
await browser.close();
await writeFile(join(out, 'faults.json'), JSON.stringify(faults, null, 1));
const seconds = Math.round((Date.now() - started) / 1000);
console.log(`${list.length} pages, ${faults.length} faults, ${seconds} s; pictures in ${out}`);
process.exit(faults.length > 0 ? 1 : 0);
