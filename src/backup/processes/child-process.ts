import { type ChildProcess, fork } from 'node:child_process';
import { lstatSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { foldKey } from '../../core/fold-key.ts';
import type { ItemCode } from '../../core/outcomes.ts';
import { below, parentOf } from '../../core/paths.ts';
import { type Item, type Selected, type Settlement, settle } from '../../flow/item.ts';
import type { OutageNews } from '../../s3/outage.ts';
import { recoverFolder } from '../../source/recover.ts';
import { absolutePath } from '../../source/root.ts';
import type { Beginning, FromChild, SerializedError, ToChild } from './messages.ts';

/** A file that a child has in work, and who waits for it. */
export interface Given {
  readonly file: Selected;
  readonly done: (item: Item<never>) => void;
}

export interface ChildEvents {
  readonly onRead: (bytes: number) => void;
  readonly onRestored: (path: string) => void;
  readonly onOutage: (news: OutageNews) => void;
  /** What ends the run. */
  readonly onFailed: (failure: SerializedError) => void;
  /**
   * It has ended although it was not asked to, or with files in work.
   *
   * @param how `SIGKILL`, or `code 1`
   * @returns what its files are settled with
   */
  readonly onDied: (how: string) => { code: ItemCode; reason: string };
}

/** One of the processes that do the work, as the parent sees it. */
export class Child {
  readonly #process: ChildProcess;
  readonly #events: ChildEvents;
  readonly #given = new Map<string, Given>();
  /** How many files in work have each key, as a store reads keys that folds them. */
  readonly #keys = new Map<string, number>();
  #limit: number | undefined;
  #isEnding = false;
  #how = 'it could not be started';
  /** Once it has ended, and every file that it had in work is settled. */
  readonly ended: Promise<void>;

  constructor(beginning: Beginning, events: ChildEvents) {
    this.#events = events;
    this.#limit = beginning.options.bytesPerSecond;
    // Not its standard output: that is the report's.
    this.#process = fork(fileURLToPath(childFile()), [], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#process.on('message', (message: FromChild) => this.#receive(message));
    this.ended = new Promise<void>((resolve) => {
      // After its last message, unlike `exit`.
      this.#process.once('close', (code, signal) => {
        this.#how = signal ?? `code ${code}`;
        resolve();
      });
      this.#process.on('error', (error) => {
        if (this.#process.pid !== undefined) return;
        this.#how = error.message;
        resolve();
      });
    }).then(() => this.#onEnded());
    this.#send(beginning);
  }

  /** Undefined when it could not be started. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Files that it has in work. */
  get load(): number {
    return this.#given.size;
  }

  /** Whether it has a file in work whose key a store could take for this one. @param folded By `foldKey` with `both`. */
  hasKeyLike(folded: string): boolean {
    return this.#keys.has(folded);
  }

  give(files: readonly Given[]): void {
    for (const given of files) {
      this.#given.set(given.file.path, given);
      this.#count(given.file.key, 1);
    }
    const orders = files.map(({ file: { root, ...order } }) => order);
    this.#send({ kind: 'files', orders });
  }

  tellOfSiblings(pids: readonly number[]): void {
    this.#send({ kind: 'siblings', pids });
  }

  /** @param bytesPerSecond Its share of the limit. */
  limitTo(bytesPerSecond: number): void {
    if (bytesPerSecond === this.#limit) return;
    this.#limit = bytesPerSecond;
    this.#send({ kind: 'limit', bytesPerSecond });
  }

  stop(failure: SerializedError | undefined): void {
    this.#send({ kind: 'stop', failure });
  }

  /** Gets no more files, and ends when those in work are settled. */
  end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#send({ kind: 'end' });
  }

  /** Send errors are ignored: a dead child is detected by `close`. */
  #send(message: Beginning | ToChild): void {
    if (this.#process.connected) this.#process.send(message, () => undefined);
  }

  #receive(message: FromChild): void {
    if (message.kind === 'settled') for (const settlement of message.settlements) this.#settle(settlement);
    else if (message.kind === 'read') this.#events.onRead(message.bytes);
    else if (message.kind === 'outage') this.#events.onOutage(message.news);
    else if (message.kind === 'restored') this.#events.onRestored(message.path);
    else this.#events.onFailed(message.failure);
  }

  #settle(settlement: Settlement): void {
    const given = this.#given.get(settlement.path);
    this.#given.delete(settlement.path);
    if (given) this.#count(given.file.key, -1);
    given?.done({ settled: true, settlement });
  }

  #count(key: string, more: number): void {
    const folded = foldKey(key, 'both');
    const count = (this.#keys.get(folded) ?? 0) + more;
    if (count > 0) this.#keys.set(folded, count);
    else this.#keys.delete(folded);
  }

  async #onEnded(): Promise<void> {
    const lost = [...this.#given.values()];
    this.#given.clear();
    if (this.#isEnding && lost.length === 0 && this.#how === 'code 0') return;
    const { code, reason } = this.#events.onDied(this.#how);
    await this.#recoverClaims(lost);
    for (const { file, done } of lost) {
      done(settle(file, 'failed', { code, reason: `${reason}; ${whereabouts(file)}` }));
    }
  }

  /** What it had claimed for deletion are files that it had in work, so it is known where to look. */
  async #recoverClaims(lost: readonly Given[]): Promise<void> {
    const folders = new Map(lost.map(({ file }) => [parentOf(file.path), file.root]));
    for (const [folder, root] of folders) {
      try {
        for (const name of (await recoverFolder(root, folder)).restored)
          this.#events.onRestored(below(folder, name));
      } catch {
        // The folder is gone, or cannot be read any more; what is claimed in it is put back by the next run.
      }
    }
  }
}

/**
 * The program that a child runs: beside this file, as it was written or compiled. A bundle has it under the name that
 * scripts/bundle.js gives it, beside its own files.
 */
function childFile(): URL {
  const [, extension] = /\/processes\/child-process\.(ts|js)$/.exec(import.meta.url) ?? [];
  return new URL(extension === undefined ? './s3-backup-child.js' : `./child.${extension}`, import.meta.url);
}

function whereabouts({ root, path }: Selected): string {
  return lstatSync(absolutePath(root, path), { throwIfNoEntry: false })
    ? 'the file is still here'
    : 'the file is not here any more: it may have been deleted, which is done only once S3 has proved that it holds it';
}
