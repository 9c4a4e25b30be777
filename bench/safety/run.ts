import { writeFileSync } from 'node:fs';
import { commandLine } from '../command-line.ts';
import { CASES } from './cases/index.ts';
import { buildProgram } from './program.ts';
import { type Result, runCase } from './run-case.ts';
import { tableOf, writeTable } from './table.ts';
import { allTools, type Tool, versionOf } from './tools.ts';

const { values } = commandLine({
  usage: 'npm run bench:safety -- [options]',
  about:
    'Runs the same cases, nearly all with something that goes wrong, with our program and with the tools that are installed, and prints a table of what each lost.',
  time: 'about ten minutes; a case and tool takes a second or two.',
  options: {
    case: { type: 'string', multiple: true, value: 'ID', help: 'only this case; repeatable' },
    tool: { type: 'string', multiple: true, value: 'ID', help: 'only this tool; repeatable' },
    write: { type: 'boolean', default: false, help: 'put the table into docs/safety.md' },
    json: { type: 'string', value: 'FILE', help: 'write the result of each case and tool' },
  },
});

const chosen = (wanted: readonly string[] | undefined) => (thing: { readonly id: string }) =>
  wanted === undefined || wanted.includes(thing.id);
const say = (text: string) => process.stderr.write(`${text}\n`);

const program = buildProgram();
try {
  const tools = allTools(program.bin).filter(chosen(values.tool));
  const cases = CASES.filter(chosen(values.case));
  const versions = new Map(tools.map((tool) => [tool, versionOf(tool)]));
  const results: Result[] = [];
  for (const tool of tools.filter((each) => versions.get(each) !== undefined)) {
    results.push(...(await runTool(tool)));
  }
  const table = tableOf({ tools, cases, results, versions });
  process.stdout.write(`${table}\n`);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
  if (values.write) writeTable('docs/safety.md', table);

  async function runTool(tool: Tool): Promise<Result[]> {
    const done: Result[] = [];
    for (const safetyCase of cases) {
      const result = await runCase(safetyCase, tool);
      done.push(result);
      const { code, seconds, untrue = [] } = result;
      say(
        `${tool.id}\t${safetyCase.id}\t${result.cell}\texit ${code}\t${seconds.toFixed(1)} s\t${untrue.join('; ')}`,
      );
      // Where a plain move fails there is nothing to compare.
      if (safetyCase.id === 'plain' && (untrue.length > 0 || code !== 0)) {
        say(`${tool.id} does not run against this endpoint:\n${result.output}`);
        const cell = 'does not run';
        return cases.map(({ id }) => ({ case: id, tool: tool.id, cell, lied: false, seconds: 0 }));
      }
    }
    return done;
  }
} finally {
  program.remove();
}
