/** The licences of the packages whose code is in the bundle: most of them require their text in every copy. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const LICENCE_FILE = /^(licen[cs]e|copying|notice)([.-].*)?$/i;
/** A shorter section of a README only names the licence. Characters. */
const SHORTEST_TEXT = 500;
const RULE = `${'-'.repeat(100)}\n`;

/**
 * @param metafile esbuild's description of a bundle that was made in the current folder.
 * @returns one section for each package: its name, version and licence, and the text of that licence
 * @throws Error if a package names no licence, or if there is no text of it
 */
export function noticesOf(metafile) {
  const used = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs));
  const folders = [...new Set(used.map(packageFolder))].filter((folder) => folder !== undefined);
  const packages = folders.map(packageIn).sort((a, b) => (a.title < b.title ? -1 : 1));
  const sections = packages.map((each) => sectionOf(each, packages));
  return `The program contains code of these packages.\n\n${RULE}${sections.join(RULE)}`;
}

/** `node_modules/a` of `node_modules/a/lib/b.js`; undefined for a file of this package. */
function packageFolder(input) {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0];
}

function packageIn(folder) {
  const { name, version, license, repository } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  const files = readdirSync(folder).filter((file) => LICENCE_FILE.test(file));
  const texts = files.sort().map((file) => readFileSync(join(folder, file), 'utf8').trim());
  const text = texts.length > 0 ? texts.join('\n\n') : licenceInReadme(join(folder, 'README.md'));
  return { title: `${name} ${version}`, license, repository: repository?.url ?? repository, text };
}

function licenceInReadme(file) {
  const readme = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const section = readme.split(/^#+ /m).find((each) => /^licen[cs]e\b/i.test(each)) ?? '';
  const text = section.replace(/^.*\n/, '').replace(/^> ?/gm, '').trim();
  return text.length < SHORTEST_TEXT ? undefined : text;
}

/** Some packages of a repository with many leave their licence file out: it is that of the others with the same licence. */
function sectionOf({ title, license, repository, text }, packages) {
  const alike = packages.filter((each) => each.license === license && each.repository === repository);
  const licence = text ?? alike.find((each) => each.text !== undefined)?.text;
  if (typeof license !== 'string' || licence === undefined)
    throw new Error(`${title} has no licence text: look at its repository before it is bundled`);
  return `${title}\nLicence: ${license}\n\n${licence}\n`;
}
