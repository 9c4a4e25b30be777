import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { foldKey } from '../../core/fold-key.ts';
import type { Moment } from '../../core/moment.ts';
import type { ItemCode } from '../../core/outcomes.ts';
import type { ShardId } from '../../core/shard.ts';
import type { LimitStep } from '../../flow/adaptive-limit.ts';
import type { FileInWork } from '../../flow/file-in-work.ts';
import { type Item, type Selected, type Settlement, settle } from '../../flow/item.ts';
import type { OutageNews } from '../../s3/outage.ts';
import { FilesOfChild } from './files-of-child.ts';
import { recoverFiles, whereabouts } from './lost-files.ts';
import type { Beginning, FromChild, SerializedError, ToChild } from './messages.ts';

/** A file that a child has in work, and the callback for its settled item. */
export interface Given {
  readonly file: Selected;
  readonly done: (item: Item<never>) => void;
}

/** Callbacks for what a child reports. */
export interface ChildEvents {
  readonly onRead: (bytes: number) => void;
  /** Called with bytes that were sent. Undefined if no progress is shown. */
  readonly onSent?: ((bytes: number) => void) | undefined;
  /** Gets the files that the child has in upload. Undefined if no progress is shown. */
  readonly inWork?: Set<FileInWork> | undefined;
  /** Called with how many files more, or fewer, are in upload. */
  readonly onAtOnce: (change: number) => void;
  readonly onRestored: (path: string) => void;
  readonly onOutage: (news: OutageNews) => void;
  readonly onLimitStep: (step: LimitStep, pid: number | undefined) => void;
  /** Takes bytes from the transfer limit of the run. Returns whether it had as many. */
  readonly onAsk: (bytes: number) => boolean;
  /** Gives bytes back to the transfer limit of the run. */
  readonly onGivenBack: (bytes: number) => void;
  /** Called with the error of a child that ends the run. */
  readonly onFailed: (failure: SerializedError) => void;
  /**
   * Called if a child has ended although it was not asked to, or with files in work.
   *
   * @param how The signal or the exit code: `SIGKILL`, or `code 1`.
   * @returns why its files failed
   */
  readonly onUnexpectedEnd: (how: string) => { code: ItemCode; reason: string };
}

/** One of the child processes, as the parent sees it. */
export class Child {
  readonly #process: ChildProcess;
  readonly #events: ChildEvents;
  readonly #shard: ShardId | undefined;
  readonly #given = new Map<string, Given>();
  /** Number of files in work by their key, folded in every way that a store may fold it. */
  readonly #keys = new Map<string, number>();
  readonly #inWork: FilesOfChild | undefined;
  #limit: number | undefined;
  #atOnce = 0;
  #isEnding = false;
  #how = 'it could not be started';
  /** Resolves when the process has ended and every file that it had in work is settled. */
  readonly ended: Promise<void>;

  constructor(beginning: Beginning, events: ChildEvents) {
    this.#events = events;
    this.#shard = beginning.options.shard;
    this.#limit = beginning.options.bytesPerSecond;
    this.#inWork = events.inWork && new FilesOfChild(events.inWork);
    // The child has no stdout, since the parent's may be the report.
    this.#process = fork(fileURLToPath(childFile()), [], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#process.on('message', (message: FromChild) => this.#receive(message));
    this.ended = new Promise<void>((resolve) => {
      // Comes after the last message, unlike `exit`.
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

  /** Process id; undefined if the process could not be started. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Number of files that the child has in work. */
  get load(): number {
    return this.#given.size;
  }

  /** Whether a file in work has a key that a store could take for this one. @param folded The key, folded with `both`. */
  hasSimilarKey(folded: string): boolean {
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

  sendSiblings(pids: readonly number[]): void {
    this.#send({ kind: 'siblings', pids });
  }

  /** Changes the child's share of the bandwidth limit, in bytes per second. */
  limitTo(bytesPerSecond: number): void {
    if (bytesPerSecond === this.#limit) return;
    this.#limit = bytesPerSecond;
    this.#send({ kind: 'limit', bytesPerSecond });
  }

  /** Tells the child that the lease of the run was renewed. */
  sendRenewed(renewed: Moment): void {
    this.#send({ kind: 'renewed', renewed });
  }

  /** Stops the child in order; with a failure its files say RUN_FAILED. */
  stop(failure: SerializedError | undefined): void {
    this.#send({ kind: 'stop', failure });
  }

  /** Aborts the child's requests in flight. */
  abort(): void {
    this.#send({ kind: 'abort' });
  }

  /** Sends no more files. The child ends when those in work are settled. */
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
    else if (message.kind === 'progress') {
      this.#events.onRead(message.bytes);
      if (message.sentBytes > 0) this.#events.onSent?.(message.sentBytes);
      this.#setAtOnce(message.atOnce);
      this.#inWork?.update(message.inWork);
    } else if (message.kind === 'outage') this.#events.onOutage(message.news);
    else if (message.kind === 'limit-step') this.#events.onLimitStep(message.step, this.pid);
    else if (message.kind === 'restored') this.#events.onRestored(message.path);
    else if (message.kind === 'ask')
      this.#send({ kind: 'granted', granted: message.sizes.map((size) => this.#events.onAsk(size)) });
    else if (message.kind === 'give-back') this.#events.onGivenBack(message.bytes);
    else this.#events.onFailed(message.failure);
  }

  #setAtOnce(files: number): void {
    this.#events.onAtOnce(files - this.#atOnce);
    this.#atOnce = files;
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
    this.#setAtOnce(0);
    this.#inWork?.update([]);
    const lost = [...this.#given.values()];
    this.#given.clear();
    if (this.#isEnding && lost.length === 0 && this.#how === 'code 0') return;
    const { code, reason } = this.#events.onUnexpectedEnd(this.#how);
    await recoverFiles(
      lost.map(({ file }) => file),
      this.#shard,
      this.#events.onRestored,
    );
    for (const { file, done } of lost) {
      done(settle(file, 'failed', { code, reason: `${reason}; ${whereabouts(file)}` }));
    }
  }
}

/**
 * Finds the program that a child runs: child.ts beside this file, or its compiled form. In a bundle it has the name that
 * scripts/bundle.js gives it, beside the bundle's other files.
 */
function childFile(): URL {
  const [, extension] = /\/processes\/child-process\.(ts|js)$/.exec(import.meta.url) ?? [];
  return new URL(extension === undefined ? './s3-backup-child.js' : `./child.${extension}`, import.meta.url);
}
