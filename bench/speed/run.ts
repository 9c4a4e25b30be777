import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { writeBlocks } from '../results/results-file.ts';
import { buildProgram } from '../safety/program.ts';
import { allClients } from './all-clients.ts';
import { parseOptions } from './bench-options.ts';
import { machineText, versionOf } from './machine.ts';
import { memoryGrowthText } from './memory-growth.ts';
import { moveTo, pin } from './pinning.ts';
import { runSection, type SectionResult } from './run-section.ts';
import { sectionsOf, sectionTitle } from './section.ts';
import { sectionText } from './section-text.ts';
import { measureStartUp, startUpText } from './start-up.ts';

const args = process.argv.slice(2);
const options = parseOptions(args);
const say = (text: string) => process.stderr.write(`${text}\n`);
const isWhole = options.only === undefined && options.against === undefined;

// What looks at the memory in use must not take the client's time.
moveTo(pin(1).sink);
const program = buildProgram();
process.once('exit', () => program.remove());
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const sections = sectionsOf(options);
const { all, usual, copy } = allClients(program.bin, options, sections);
const clients = all.filter((client) => versionOf(client) !== undefined);
for (const { id, isOurs } of all.filter((client) => !clients.includes(client))) {
  if (isOurs) throw new Error(`${id} does not run`);
  say(`left out, since it is not installed: ${id}`);
}
const profiles = options.profile ? join(options.folder, 'profiles') : undefined;
if (profiles !== undefined) mkdirSync(profiles, { recursive: true });

const command = ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' ');
const { folder, target } = options;
const results: SectionResult[] = [];
const texts = new Map<string, string>();
for (const section of sections) {
  say(sectionTitle(section));
  const pinning = pin(section.cores);
  const result = await runSection(section, {
    clients,
    uploader: copy,
    folder,
    target,
    pinning,
    profiles,
    say,
  });
  results.push(result);
  texts.set(section.id, sectionText(result, command));
  process.stdout.write(`${texts.get(section.id)}\n\n`);
}
if (options.json !== undefined)
  writeFileSync(options.json, `${JSON.stringify(results.map(plain), null, 2)}\n`);
const growth = memoryGrowthText(results);
if (growth !== '') texts.set('memory-growth', growth);
if (isWhole) {
  texts.set('start-up', startUpText(await measureStartUp(copy, options.runs, folder, pin(1))));
  texts.set('stages', stagesText());
}
const pinnings = sections.map(({ cores }) => pin(cores));
texts.set('machine', `### Machine and programs\n\n${machineText(usual, pinnings)}`);
for (const id of ['memory-growth', 'start-up', 'stages', 'machine'])
  if (texts.has(id)) process.stdout.write(`${texts.get(id)}\n\n`);
if (options.write) writeBlocks(texts);

/** @throws Error when the stages do not run */
function stagesText(): string {
  const script = resolve(import.meta.dirname, 'stages.ts');
  const flags = ['--dir', folder, '--runs', String(options.runs), '--factor', String(options.factor)];
  const commandLine = ['--import', 'tsx', script, ...flags];
  const { status, stdout, stderr } = spawnSync(process.execPath, commandLine, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the stages do not run: ${stderr}`);
  return stdout.trim();
}

function plain({ section, runs }: SectionResult) {
  return { section, clients: [...runs].map(([{ id }, measured]) => ({ id, runs: measured })) };
}
