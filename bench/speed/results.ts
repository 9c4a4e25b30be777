export interface Results {
  /** What the bench was started with. */
  readonly args: readonly string[];
  readonly machine: string;
  readonly sections: readonly string[];
}

const CAVEATS = `- Loopback, one machine: no network card, no store that writes to disks. The sink answers as fast as it can, so the wall
  time is what the client takes; over a real network it is often the network's.
- The client has one core. With more, what a client spreads over threads takes less wall time and as much CPU.
- CPU is user and system time of the client and of all that it started; the kernel's work for the other end of a loopback
  connection is partly counted on the sender's side, for every client alike.
- The sink checks no signatures and no checksums, and knows contents again by their length and ends (random data).
- Files come from the page cache. A move gets a copy of the files, written to the disk before it starts; of the sets of small
  files it is a minute old by then, since younger files are sent to the disk once more (about 50 µs each).
- Memory is the sum of the peaks of the client's processes, shared pages counted in each.
- The cost of a stage is what it adds to those before it, so a small one may come out a little below nothing.
- A cell is the median, with the least and the most in parentheses. Ratios are of runs of the same round.`;

/** The text of bench/RESULTS.md. */
export function resultsText({ args, machine, sections }: Results): string {
  const command = ['npm run bench --', ...args].join(' ');
  const day = new Date().toISOString().slice(0, 10);
  return [
    '# What a verified move costs, and what others take for a copy',
    `Written by \`${command}\` on ${day}. The goals are those of the project's issue on speed: all of a verified move (list, filter, read, MD5, PUT, verify, delete) against the others' plain upload.`,
    `## Machine and programs\n\n${machine}`,
    `## How to read it\n\n${CAVEATS}`,
    '## Measured',
    ...sections,
  ]
    .join('\n\n')
    .concat('\n');
}
