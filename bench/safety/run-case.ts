import { Arena } from './arena.ts';
import type { SafetyCase } from './case.ts';
import { judge, type Verdict } from './ledger.ts';
import { type Ended, runProcess } from './run-process.ts';
import type { Tool } from './tools.ts';

const LIMIT_MS = 60_000;

/** What one tool made of one case. */
export interface Result extends Partial<Verdict>, Partial<Ended> {
  readonly case: string;
  readonly tool: string;
  /** For the table. */
  readonly cell: string;
  /** Ended with 0 although something was wrong. */
  readonly lied: boolean;
  readonly seconds: number;
}

export async function runCase(safetyCase: SafetyCase, tool: Tool): Promise<Result> {
  const start = Date.now();
  const arena = await Arena.open();
  const names = { case: safetyCase.id, tool: tool.id };
  try {
    const impossible = await safetyCase.prepare(arena);
    if (impossible) return { ...names, cell: `n/a (${impossible})`, lied: false, seconds: 0 };
    const ended = await runTool(safetyCase, tool, arena);
    if (arena.disturb.failure !== undefined) throw arena.disturb.failure;
    const unreached = [...arena.disturb.waiting];
    arena.runAtEnd();
    const verdict = judge(arena.entries, await arena.look(), arena.keyOf, tool.isMove);
    const lied = ended.code === 0 && verdict.untrue.length > 0;
    const word = unreached.length > 0 ? 'n/a (not reached)' : (safetyCase.look?.(arena) ?? 'kept');
    const cell = cellOf(verdict, ended, lied, word);
    return { ...names, ...ended, ...verdict, cell, lied, seconds: (Date.now() - start) / 1000 };
  } finally {
    await arena.close();
  }
}

async function runTool({ runs = 1, exclude }: SafetyCase, tool: Tool, arena: Arena): Promise<Ended> {
  let ended: Ended | undefined;
  for (let run = 0; run < runs; run += 1) {
    ended = await runProcess(tool.command(arena, exclude), {
      cwd: arena.home,
      limitMs: LIMIT_MS,
      onStart: (kill) => {
        arena.kill = kill;
      },
    });
  }
  if (ended === undefined) throw new Error('a case of no runs');
  return ended;
}

function cellOf(verdict: Verdict, { code, timedOut }: Ended, lied: boolean, word: string): string {
  const losses = [
    verdict.lost.length > 0 ? '**LOST**' : '',
    verdict.overwritten.length > 0 ? '**overwritten**' : '',
    verdict.deletedOutside.length > 0 ? '**deleted outside**' : '',
  ].filter((loss) => loss !== '');
  const outcome = losses.length > 0 ? losses.join(', ') : word;
  if (timedOut) return `${outcome}, stopped after ${LIMIT_MS / 1000} s`;
  return lied ? `${outcome}, exit ${code}` : outcome;
}
