import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from './client.ts';
import { bytesOf, type DataSet, isMultipart } from './data-set.ts';

/** A move sends what was changed within the last minute to the disk once more, which old files do not need. */
const REST_MS = 61_000;
/** Copies that are made ahead must not push one another out of the page cache. */
const MOST_COPIED_BYTES = Math.min(8 * 1024 ** 3, totalmem() / 3);

/**
 * A real copy for a run that deletes: files with further hard links are kept. It is written to the disk before the run,
 * which would pay for it else.
 * @returns the copy's folder
 * @throws Error when cp fails
 */
export function copyFiles(folder: string, copy: string): string {
  mkdirSync(dirname(copy), { recursive: true });
  const { status, stderr } = spawnSync('cp', ['--archive', '--reflink=auto', folder, copy], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the files were not copied: ${stderr}`);
  spawnSync('sync', ['--file-system', copy]);
  return copy;
}

/**
 * The copies for moves. Those of small files are made for as many rounds as the page cache holds and then rest for a
 * minute together. A set of few large files, each of which is flushed at no cost, gets each copy just before its run.
 */
export class Copies {
  readonly #set: DataSet;
  readonly #folder: string;
  readonly #root: string;
  readonly #movers: readonly Client[];
  #nextRound = 0;

  /** @param folder the files @param root a folder for the copies, which is emptied */
  constructor(set: DataSet, folder: string, root: string, clients: readonly Client[]) {
    this.#set = set;
    this.#folder = folder;
    this.#root = root;
    this.#movers = clients.filter(({ task }) => task === 'move');
    // A run that was killed has left its own, and they would be among those that are moved.
    this.remove();
  }

  /** Makes those of the round and of some after it, if they are not there. Waits until they are a minute old. */
  async prepare(round: number, lastRound: number): Promise<void> {
    if (this.#movers.length === 0 || isMultipart(this.#set) || round < this.#nextRound) return;
    const roundBytes = bytesOf(this.#set) * this.#movers.length;
    const rounds = Math.max(1, Math.floor(MOST_COPIED_BYTES / roundBytes));
    this.#nextRound = Math.min(lastRound + 1, round + rounds);
    for (let each = round; each < this.#nextRound; each += 1)
      for (const client of this.#movers) copyFiles(this.#folder, this.#pathOf(client, each));
    await sleep(REST_MS);
  }

  /** The folder for a client's run, made when it is not there. */
  of(client: Client, round: number): string {
    const path = this.#pathOf(client, round);
    return round < this.#nextRound ? path : copyFiles(this.#folder, path);
  }

  remove(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }

  #pathOf({ id }: Client, round: number): string {
    return join(this.#root, `${id}-${round}`);
  }
}
