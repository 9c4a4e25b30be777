/**
 * Measures what clients take for uploading the same files to the same sink: `npm run bench -- [options]`. Without
 * options it is the whole run, of about an hour.
 *
 * `--only small|medium|large|large16|million` (again, or with commas), `--million` the last of them beside the others, `--clients ID,ID`,
 * `--runs N` (5), `--latency MS`, `--tls`, `--cores 1|2` for the client, `--factor 0.05` for smaller sets, `--dir FOLDER`
 * for the data, `--profile` CPU profiles of ours, `--write` bench/RESULTS.md, `--json FILE` every run.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildProgram } from '../safety/program.ts';
import { parseOptions } from './bench-options.ts';
import { machineText, versionOf } from './machine.ts';
import { memoryGrowthText } from './memory-growth.ts';
import { ourClients } from './ours.ts';
import { PEERS } from './peers.ts';
import { moveTo, pin } from './pinning.ts';
import { resultsText } from './results.ts';
import { runSection, type SectionResult } from './run-section.ts';
import { sectionsOf, sectionTitle } from './section.ts';
import { measureStartUp, startUpText } from './start-up.ts';
import { sectionText } from './table.ts';
import { unchangedIn } from './unchanged-section.ts';

const RESULTS = 'bench/RESULTS.md';
const args = process.argv.slice(2);
const options = parseOptions(args);
const say = (text: string) => process.stderr.write(`${text}\n`);

const pinning = pin(options.cores);
// What looks at the memory in use must not take the client's time.
moveTo(pinning.sink);
const program = buildProgram();
process.once('exit', () => program.remove());
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const all = [...PEERS, ...ourClients(program.bin, options.cores)];
const unknown = options.clients?.filter((id) => !all.some((client) => client.id === id)) ?? [];
if (unknown.length > 0)
  throw new Error(`--clients ${unknown}: expected of ${all.map(({ id }) => id).join(', ')}`);
const versions = new Map(all.map((client) => [client, versionOf(client)]));
const clients = all.filter((client) => versions.get(client) !== undefined);
const profiles = options.profile ? join(options.folder, 'profiles') : undefined;
if (profiles !== undefined) mkdirSync(profiles, { recursive: true });

const results: SectionResult[] = [];
for (const section of sectionsOf(options)) {
  say(sectionTitle(section));
  const { folder } = options;
  const result = await runSection(section, { clients, folder, pinning, profiles, say });
  results.push(result);
  process.stdout.write(`${sectionText(result)}\n\n`);
}
const [ours] = clients.filter(({ isOurs }) => isOurs);
if (ours === undefined) throw new Error('ours does not run');
const startUp = startUpText(await measureStartUp(ours, options.runs, options.folder, pinning));
const stages = options.sets === undefined ? stagesText() : '';
const machine = machineText(versions, [pinning]);
const summary = [memoryGrowthText(results), startUp, stages].filter((text) => text !== '');
process.stdout.write(`${[...summary, machine].join('\n\n')}\n`);

if (options.json !== undefined)
  writeFileSync(options.json, `${JSON.stringify(results.map(plain), null, 2)}\n`);
if (options.write) {
  const kept = existsSync(RESULTS) ? (unchangedIn(readFileSync(RESULTS, 'utf8')) ?? '') : '';
  const sections = [...results.map(sectionText), ...summary, kept].filter((text) => text !== '');
  writeFileSync(RESULTS, resultsText({ args, machine, sections }));
}

/** @throws Error when the stages do not run */
function stagesText(): string {
  const script = resolve(import.meta.dirname, 'stages.ts');
  const flags = ['--dir', options.folder, '--runs', String(options.runs), '--factor', String(options.factor)];
  const commandLine = ['--import', 'tsx', script, ...flags];
  const { status, stdout, stderr } = spawnSync(process.execPath, commandLine, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the stages do not run: ${stderr}`);
  return stdout.trim();
}

function plain({ section, runs }: SectionResult) {
  return { section, clients: [...runs].map(([{ id }, measured]) => ({ id, runs: measured })) };
}
