import type { BenchOptions } from './bench-options.ts';
import type { Client } from './client.ts';
import { type DataSet, dataSet, type SetId, titleOf } from './data-set.ts';

/** One table: a data set over one kind of network. */
export interface Section {
  readonly id: string;
  readonly set: DataSet;
  readonly direction: 'upload' | 'restore';
  readonly latencyMs: number;
  readonly isTls: boolean;
  /** Milliseconds that each call of the source's file system takes longer; 0 for that of the disk. */
  readonly fileSystemMs: number;
  /** Cores for the client: 1 or 2. */
  readonly cores: number;
  /** Ids, in the order of the rows. */
  readonly clients: readonly string[];
  readonly runs: number;
  /** Without one, what the sink knows and what the page cache holds is another for the first client. */
  readonly hasWarmUp: boolean;
}

/** A section before the options are heeded. */
interface Plan extends Partial<Omit<Section, 'id' | 'set'>> {
  readonly set: SetId;
  /** Makes the set smaller. */
  readonly share?: number;
}

const COPIES = ['s5cmd', 's5cmd-best', 'rclone', 'aws', 'aws-crt', 'aws-c-s3', 's3cmd', 's3-sync-client'];
const MOVES = ['s5cmd-mv', 'rclone-move'];
const OURS = ['copy', 'move', 'copy-no-md5', 'move-no-md5'];
const UPLOADS = [...COPIES, ...MOVES, ...OURS];
/** Those that the goals are about; the others would take hours where every request waits. */
const GOAL_CLIENTS = ['s5cmd', 'rclone', 'aws-c-s3', ...MOVES, ...OURS];
const RESTORES = ['s5cmd', 'rclone', 'aws', 'aws-crt', 'aws-c-s3'].map((id) => `${id}-restore`);
const SLOW_CLIENTS = ['s5cmd', 's5cmd-mv', 'rclone-32', 'rclone-move-32', 'copy', 'move'];
const PROCESSES = ['copy', 'copy-2-processes', 'move', 'move-2-processes'];

const restore = (set: SetId): Plan => ({ set, direction: 'restore', clients: [...RESTORES, 'restore'] });
/** rclone's four transfers wait 125 s for 20,000 answers of 25 ms, so fewer files have to do. */
const latency = (latencyMs: number): Plan => ({
  set: 'small',
  share: 0.25,
  latencyMs,
  clients: GOAL_CLIENTS,
});
const slow = (fileSystemMs: number): Plan => {
  return { set: 'small', share: 0.05, latencyMs: 20, fileSystemMs, clients: SLOW_CLIENTS };
};

const PLANS: Readonly<Record<string, Plan>> = {
  small: { set: 'small' },
  medium: { set: 'medium' },
  images: { set: 'images' },
  large: { set: 'large' },
  large16: { set: 'large16' },
  'restore-small': restore('small'),
  'restore-medium': restore('medium'),
  'restore-images': restore('images'),
  'restore-large16': restore('large16'),
  'latency-5': latency(5),
  'latency-25': latency(25),
  'tls-small': { set: 'small', isTls: true, clients: GOAL_CLIENTS },
  'tls-large16': { set: 'large16', isTls: true, clients: GOAL_CLIENTS },
  // Ten runs, since its goals are also about the slowest of them.
  'tls-latency': { ...latency(20), share: 0.5, isTls: true, clients: ['s5cmd', 'copy', 'move'], runs: 10 },
  'slow-1': slow(1),
  'slow-5': slow(5),
  processes: { set: 'small', cores: 2, clients: PROCESSES },
  nodes: { set: 'small' },
  // For the memory in use, which one run shows; s5cmd and rclone take ten minutes each.
  million: { set: 'million', clients: GOAL_CLIENTS, runs: 1, hasWarmUp: false },
};

export const SECTION_IDS = Object.keys(PLANS);
/** Whose CPU a change of the code is likely to show in. */
const AGAINST = ['small', 'medium', 'large16', 'restore-small', 'restore-large16'];

/** Ids of the clients of a Node.js release. */
export const nodeSuffix = (release: string) => `-node-${release}`;
/** Behind the ids of the clients of the other build. */
export const BASE_SUFFIX = '-base';

/** The sections that the options ask for; without any, all but the million files. */
export function sectionsOf(options: BenchOptions): Section[] {
  const { only, against, withMillion } = options;
  const whole = against === undefined ? SECTION_IDS.filter((id) => id !== 'million') : AGAINST;
  const ids = only ?? whole;
  const named = withMillion && !ids.includes('million') ? [...ids, 'million'] : ids;
  return named.map((id) => sectionOf(id, options));
}

function sectionOf(id: string, options: BenchOptions): Section {
  const { set, share = 1, ...plan } = PLANS[id] as Plan;
  const ownClients = id === 'nodes' ? nodeClients(options.nodes) : (plan.clients ?? UPLOADS);
  const clients = options.clients ?? ownClients;
  return {
    id,
    set: dataSet(set, options.factor * share),
    direction: plan.direction ?? 'upload',
    latencyMs: options.latencyMs ?? plan.latencyMs ?? 0,
    isTls: options.isTls || (plan.isTls ?? false),
    fileSystemMs: plan.fileSystemMs ?? 0,
    cores: options.cores ?? plan.cores ?? 1,
    clients: options.against === undefined ? clients : clients.flatMap((each) => [each + BASE_SUFFIX, each]),
    runs: plan.runs ?? options.runs,
    hasWarmUp: plan.hasWarmUp ?? true,
  };
}

function nodeClients(releases: readonly string[]): string[] {
  return ['copy', 'move'].flatMap((id) => releases.map((release) => id + nodeSuffix(release)));
}

export function sectionTitle({ set, direction, latencyMs, isTls, fileSystemMs, cores, id }: Section): string {
  const kinds = [
    direction === 'restore' && 'restored',
    id === 'nodes' && 'with each Node.js',
    fileSystemMs > 0 && `a file system that takes ${fileSystemMs} ms a call`,
    latencyMs > 0 && `${latencyMs} ms of latency`,
    isTls && 'TLS',
    cores > 1 && `the client on ${cores} cores`,
  ];
  return [titleOf(set), ...kinds.filter((kind) => kind !== false)].join(', ');
}

/** The clients that have a row in the section, in their order. With another build, only ours have. */
export function clientsOf({ clients, set, direction }: Section, all: readonly Client[]): Client[] {
  // With another build, whoever names `copy-base` beside `copy` has named it twice.
  const found = [...new Set(clients)].flatMap((id) => all.filter((client) => client.id === id));
  return found.filter(
    ({ task, only }) => (task === 'restore') === (direction === 'restore') && (only?.(set) ?? true),
  );
}
