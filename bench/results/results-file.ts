import { existsSync, readFileSync } from 'node:fs';
import { SECTION_IDS } from '../speed/section.ts';
import { writeResults } from './charts.ts';

export const RESULTS = 'bench/RESULTS.md';

/** The blocks in their order. Each bench replaces its own and leaves the others as they are. */
const BLOCKS = [
  'head',
  'machine',
  ...SECTION_IDS,
  'memory-growth',
  'start-up',
  'stages',
  'unchanged',
  'scale-planner-walk',
  'scale-planner-run',
  'scale-plan',
  'scale-shard-mixed',
  'scale-shard-flat',
  'scale-efficiency-small',
  'scale-efficiency-million',
];

const HEAD = `# What a proved copy, move and restore cost, and what others take

The goals are those of the project's issue on speed. Each section says by which command it was written, and when.

## How to read it

- Loopback, one machine: no network card, no store that writes to disks. The sink answers as fast as it can, so the wall
  time is what the client takes; over a real network it is often the network's.
- The client has one core, if nothing else is said. With more, what a client spreads over threads takes less wall time
  and as much CPU.
- CPU is user and system time of the client and of all that it started; the kernel's work for the other end of a loopback
  connection is partly counted on the sender's side, for every client alike.
- The sink checks no signatures and no checksums, and knows contents again by their length and ends (random data).
- Files come from the page cache. A move gets a copy of the files, written to the disk before it starts; of the sets of small
  files it is a minute old by then, since younger files are sent to the disk once more (about 50 µs each).
- Restores are of what a copy by s3-backup stored. The sink gives it back from its memory and has a core of its own; the
  files go into a new folder in memory (/dev/shm) and are compared with the originals. s3-backup proves them; the others
  compare at most lengths.
- aws-c-s3 is called by a script of the bench (\`bench/speed/peers/c-client.py\`) that computes no digest and verifies
  nothing.
- A slow file system is one in FUSE, in Python, that waits in each call; calls of several threads wait at the same time.
- Memory is the sum of the peaks of the client's processes, shared pages counted in each.
- The cost of a stage is what it adds to those before it, so a small one may come out a little below nothing.
- A cell is the median, with the least and the most in parentheses. Ratios are of runs of the same round.
- Two builds of ours are compared in pairs of runs. The interval holds the median of all such ratios with a likelihood of
  95 % (that of the sign test); a difference is above the noise if 1 lies outside of it.

## Measured`;

const begin = (id: string) => `<!-- bench:${id} begin -->`;
const end = (id: string) => `<!-- bench:${id} end -->`;

/** A block with its marks; undefined where there is none. */
function blockIn(results: string, id: string): string | undefined {
  const [from, to] = [results.indexOf(begin(id)), results.indexOf(end(id))];
  return from < 0 || to < 0 ? undefined : results.slice(from, to + end(id).length);
}

/** The results with these blocks instead of those of the same names. A block that is '' is left out. */
export function withBlocks(results: string, texts: ReadonlyMap<string, string>): string {
  const blocks = BLOCKS.map((id) => {
    const text = id === 'head' ? HEAD : texts.get(id);
    if (text === undefined) return blockIn(results, id);
    return text === '' ? undefined : `${begin(id)}\n\n${text}\n\n${end(id)}`;
  });
  return blocks
    .filter((block) => block !== undefined)
    .join('\n\n')
    .concat('\n');
}

/** Puts the blocks into bench/RESULTS.md, and draws its charts. */
export function writeBlocks(texts: ReadonlyMap<string, string>): void {
  writeResults(RESULTS, withBlocks(existsSync(RESULTS) ? readFileSync(RESULTS, 'utf8') : '', texts));
}
