import { BackupError } from '../../core/errors.ts';
import { foldKey } from '../../core/fold-key.ts';
import type { Moment } from '../../core/moment.ts';
import { Batch } from '../../flow/batch.ts';
import { type Item, type Selected, settle } from '../../flow/item.ts';
import type { RunControl } from '../../flow/run-control.ts';
import type { RunTransferLimit } from '../../flow/transfer-limit.ts';
import type { HeldLease } from '../../lease/held-lease.ts';
import type { RunRecorder } from '../run-recorder.ts';
import { Child, type ChildEvents, type Given } from './child-process.ts';
import { LimitShares } from './limit-shares.ts';
import type { Beginning } from './messages.ts';
import { deserializeError, serializeError } from './serialized-error.ts';

/** Files in one message. They are consecutive, so that one page of a listing answers for all of them. */
const FILES_PER_MESSAGE = 256;
/** When an incomplete message of files is sent, in milliseconds. */
const TIMES = { idleMs: 2, longestMs: 20 };

/** Signals that end processes from outside: Ctrl-C, an administrator, a closed terminal. */
const STOPPING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Options of `Children`: the first message of each child, and the callbacks for what they report. */
export interface ChildrenOptions
  extends Omit<Beginning, 'record' | 'renewed'>,
    Pick<
      ChildEvents,
      'onRead' | 'onSent' | 'inWork' | 'onAtOnce' | 'onRestored' | 'onOutage' | 'onLimitStep'
    > {
  readonly control: RunControl;
  /** Numbers the children in the record of the run; undefined if the run stores no manifest. */
  readonly recorder?: Pick<RunRecorder, 'ofNextChild'> | undefined;
  /** The lease of the run. Default: it has none. */
  readonly lease?: Pick<HeldLease, 'follow'> | undefined;
  /** Limit on the bytes that all children together send; undefined if there is none. */
  readonly transferLimit: RunTransferLimit | undefined;
  /** Bandwidth limit for all children together. Default: no limit. */
  readonly bytesPerSecond?: number | (() => number) | undefined;
}

/** The child processes of a run. A new one starts, up to `processes`, if there are files and all others are busy. */
export class Children {
  readonly #options: ChildrenOptions;
  readonly #waiting = new Batch<Given>(FILES_PER_MESSAGE, TIMES, (files) => this.#spread(files));
  readonly #living = new Set<Child>();
  readonly #shares: LimitShares | undefined;
  #renewed: Moment | undefined;
  #begun = 0;
  #isOver = false;

  constructor(options: ChildrenOptions) {
    this.#options = options;
    const { bytesPerSecond } = options;
    if (bytesPerSecond !== undefined) this.#shares = new LimitShares(bytesPerSecond, this.#living);
    options.lease?.follow((renewed) => {
      this.#renewed = renewed;
      for (const child of this.#living) child.sendRenewed(renewed);
    });
    const { stopping, aborting } = options.control;
    if (!stopping.aborted) stopping.addEventListener('abort', () => this.#stop(), { once: true });
    // A child whose requests may take as long as they need learns of a later stop by this only.
    aborting.addEventListener('abort', () => this.#abort(), { once: true });
  }

  /** Gives the file to a child. Resolves when the child has settled it. */
  settle(file: Selected): Promise<Item<never>> {
    return new Promise((done) => this.#waiting.add({ file, done }));
  }

  /** Sends no more files. Resolves when every child has settled its files and has ended. */
  async end(): Promise<void> {
    this.#waiting.flush();
    const ended = [...this.#living].map((child) => {
      child.end();
      return child.ended;
    });
    await Promise.all(ended);
    this.#shares?.close();
  }

  /** Ends all children without waiting for their results. Each finishes what cannot be left half done. */
  giveUp(): void {
    this.#isOver = true;
    this.#shares?.close();
    this.#stop();
    for (const child of this.#living) child.end();
  }

  #stop(): void {
    const { failure } = this.#options.control;
    for (const child of this.#living) child.stop(failure && serializeError(failure));
    this.#waiting.flush();
  }

  #abort(): void {
    for (const child of this.#living) child.abort();
  }

  /**
   * Shares files among the children: one file for an idle child, otherwise as many as the child has in work. So few large
   * files are shared as evenly as many small ones.
   */
  #spread(files: readonly Given[]): void {
    const { control } = this.#options;
    if (this.#isOver || control.stopping.aborted) {
      for (const { file, done } of files) done(settle(file, 'failed', control.reason));
      return;
    }
    for (let next = 0; next < files.length; ) {
      const freest = this.#freest();
      const some = files.slice(next, next + Math.max(1, freest.load));
      const own: Given[] = [];
      for (const given of some) {
        const other = this.#childWithLikeKey(given);
        if (other) other.give([given]);
        else own.push(given);
      }
      if (own.length > 0) freest.give(own);
      next += some.length;
    }
    this.#shares?.divide();
  }

  /**
   * Finds the child that has a file with a like key in work. A store may take two keys for one (upper and lower case, Unicode
   * forms), and only that child can make sure that the second file does not replace the first.
   */
  #childWithLikeKey({ file }: Given): Child | undefined {
    const folded = foldKey(file.key, 'both');
    for (const child of this.#living) if (child.hasSimilarKey(folded)) return child;
    return undefined;
  }

  #freest(): Child {
    const [freest] = [...this.#living].sort((a, b) => a.load - b.load);
    const isFree =
      freest !== undefined && (freest.load === 0 || this.#begun >= this.#options.options.processes);
    return isFree ? freest : this.#begin();
  }

  #begin(): Child {
    const { options, isEmpty, control, transferLimit, recorder, lease: _, ...events } = this.#options;
    const { onRead, onSent, inWork, onAtOnce, onRestored, onOutage, onLimitStep } = events;
    this.#begun += 1;
    const child: Child = new Child(
      { options, isEmpty, record: recorder?.ofNextChild(), renewed: this.#renewed },
      {
        onRead,
        onSent,
        inWork,
        onAtOnce,
        onRestored,
        onOutage,
        onLimitStep,
        onAsk: (bytes) => transferLimit?.take(bytes) ?? true,
        onGivenBack: (bytes) => transferLimit?.giveBack(bytes),
        onFailed: (failure) => control.fail(deserializeError(failure)),
        onUnexpectedEnd: (how) => this.#onUnexpectedEnd(how),
      },
    );
    this.#living.add(child);
    this.#introduce();
    child.ended.then(() => {
      this.#living.delete(child);
      this.#introduce();
    });
    return child;
  }

  #introduce(): void {
    for (const child of this.#living) {
      const others = [...this.#living].filter((other) => other !== child);
      child.sendSiblings(others.flatMap(({ pid }) => pid ?? []));
    }
  }

  /** A child that starts does not ignore signals yet: if one has ended it while the run stops, its files are INTERRUPTED. */
  #onUnexpectedEnd(how: string): { code: 'RUN_FAILED' | 'INTERRUPTED'; reason: string } {
    const { control } = this.#options;
    const reason = `a process of this run ended early (${how})`;
    if (control.stopping.aborted && STOPPING_SIGNALS.includes(how)) return { code: 'INTERRUPTED', reason };
    const hint = 'Nothing is lost: run it again. If memory was short, use fewer processes.';
    // A signal is mostly the system's, because memory was short; it ends a whole program with a code that engines try again.
    const temporary = how.startsWith('SIG');
    const message = `A process of this run ended early (${how}).`;
    control.fail(new BackupError('INTERNAL', message, { hint, temporary }));
    return { code: 'RUN_FAILED', reason };
  }
}
