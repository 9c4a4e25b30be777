import { cut } from '../../src/plans/cut.ts';
import { OrderedWeights } from '../../src/plans/ordered-weights.ts';
import type { Plan, PlannedRange } from '../../src/plans/plan.ts';
import { SampledWeights } from '../../src/plans/sampled-weights.ts';
import { startOrder } from '../../src/plans/start-order.ts';
import { type Balance, balancesOf } from './balance.ts';
import { GeneratedTree } from './generated-tree.ts';

/** What weighs the files: that of `plan --by walk`, or of `plan --by run:ID`. */
export const WEIGHINGS = { walk: OrderedWeights, run: SampledWeights } as const;
export type Weighing = keyof typeof WEIGHINGS;

export interface WeighedPlan extends Balance {
  /** Number of shards that was asked for. */
  readonly wanted: number;
  /** Bytes of plan.json. */
  readonly planBytes: number;
}

export interface WeighedTree {
  readonly files: number;
  readonly by: Weighing;
  /** CPU seconds for the weights, without those for the names and sizes of the generator. */
  readonly weighSeconds: number;
  /** CPU seconds for the generator alone; above ten million files those for as many, spread over the tree, and multiplied. */
  readonly generateSeconds: number;
  /** Peak of resident memory of this process, in bytes. */
  readonly peakBytes: number;
  readonly plans: readonly WeighedPlan[];
}

/** Files by which the cost of the generator is measured. */
const MOST_GENERATED = 10_000_000;

/** Weighs a generated tree by the planner's own code, and cuts it. No file is on a disk. */
export function weighTree(files: number, by: Weighing, shards: readonly number[]): WeighedTree {
  const tree = new GeneratedTree(files);
  const step = Math.max(1, files / MOST_GENERATED);
  const generateSeconds = step * cpuSecondsOf(() => passOver(tree, step, () => undefined));
  const weights = new WEIGHINGS[by]();
  const bothSeconds = cpuSecondsOf(() => passOver(tree, 1, (key, size) => weights.add(key, size)));
  const list = weights.list;
  const cuts = shards.map((wanted) => ({ wanted, ranges: cut(list, wanted) }));
  const balances = balancesOf(
    tree,
    cuts.map(({ ranges }) => ranges),
  );
  const plans = cuts.flatMap(({ wanted, ranges }, place) => {
    const balance = balances[place];
    return balance ? [{ ...balance, wanted, planBytes: planBytesOf(files, ranges) }] : [];
  });
  return {
    ...{ files, by, generateSeconds, weighSeconds: bothSeconds - generateSeconds, plans },
    peakBytes: process.resourceUsage().maxRSS * 1024,
  };
}

function passOver(tree: GeneratedTree, step: number, take: (key: string, size: number) => void): void {
  for (let place = 0; place < tree.files; place += step) {
    const index = Math.floor(place);
    take(tree.keyAt(index), tree.sizeAt(index));
  }
}

function cpuSecondsOf(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

/** Bytes of the plan as storePlan formats it. */
function planBytesOf(files: number, ranges: readonly PlannedRange[]): number {
  const plan: Plan = {
    s3_backup_plan: 1,
    id: '20261130T021500Z-1a2b3c4d',
    tool_version: '0.1.0',
    source: '/srv/data',
    bucket: 'my-backups',
    prefix: 'data/',
    settings: '0'.repeat(64),
    by: 'walk',
    files,
    bytes: ranges.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0),
    ranges: startOrder(ranges),
  };
  return Buffer.byteLength(`${JSON.stringify(plan, undefined, 1)}\n`);
}
