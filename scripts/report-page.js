/** The parts of the page of a report that are the same in all pages: script, style, and the advice of docs/errors.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const CLIENT = 'src/report-page/client';

/**
 * Writes the parts of the page as JSON, in the form of `PageAssets`.
 *
 * @returns esbuild's description of the script
 */
export async function makeReportPage(file) {
  const { outputFiles, metafile } = await build({
    entryPoints: [`${CLIENT}/main.ts`],
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    minify: true,
    // They are in THIRD-PARTY-NOTICES.
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  const [{ text: script }] = outputFiles;
  if (script.includes('</')) throw new Error('the script of the page would end its element early');
  const style = ['node_modules/uplot/dist/uPlot.min.css', `${CLIENT}/style.css`]
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n');
  const advice = adviceIn(readFileSync('docs/errors.md', 'utf8'));
  writeFileSync(file, JSON.stringify({ script, style, advice }));
  return metafile;
}

/** The tables of docs/errors.md by the headings that they stand below. */
const SECTIONS = {
  backup: '## Of one file: ',
  restore: '## Of one object of a restore: ',
  verify: '## Of one file of `verify`: ',
  run: '## Of the run: ',
};

/** @returns meaning and advice by code, for each table */
export function adviceIn(page) {
  const tables = Object.entries(SECTIONS).map(([name, heading]) => {
    const section = page.split(/^(?=## )/m).find((each) => each.startsWith(heading));
    if (section === undefined) throw new Error(`docs/errors.md has no heading "${heading}"`);
    return [name, Object.fromEntries(rowsIn(section).flatMap(adviceOf))];
  });
  return Object.fromEntries(tables);
}

function rowsIn(section) {
  return section
    .split('\n')
    .filter((line) => /^\| `/.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim()));
}

/** A row may name several codes. Rows of a restore that refer to those above leave their codes to them. */
function adviceOf([, codes, ...cells]) {
  const [meaning, toDo] = cells
    .filter((cell) => cell !== '')
    .slice(-2)
    .map(withoutLinks);
  if (meaning === 'as above') return [];
  return [...codes.matchAll(/`([A-Z_0-9]+)`/g)].map(([, code]) => [code, { meaning, toDo }]);
}

function withoutLinks(text) {
  return text.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');
}
