import { type Duplex, Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import chain from 'stream-chain';
import type { Moment } from '../../core/moment.ts';
import { checked } from '../../core/require-options.ts';
import type { LimitStep } from '../../flow/adaptive-limit.ts';
import { Batch } from '../../flow/batch.ts';
import { CountedLimit } from '../../flow/counted-limit.ts';
import type { FileInWork } from '../../flow/file-in-work.ts';
import { type Item, pass, type Selected, type Settlement } from '../../flow/item.ts';
import { RunControl } from '../../flow/run-control.ts';
import { segmentNumber } from '../../manifest/segments.ts';
import { type OpenStoreOptions, openStore } from '../../run/open-store.ts';
import type { OutageNews } from '../../s3/outage.ts';
import { transfer } from '../pipeline.ts';
import { type ChildRecord, SegmentWriter } from '../segment-writer.ts';
import { AskedTransferLimit } from './asked-transfer-limit.ts';
import { ChildFence } from './child-fence.ts';
import type { Beginning, FromChild, Order } from './messages.ts';
import { serializeError } from './serialized-error.ts';

/** Settlements that go to the parent with one message. */
const SETTLEMENTS_PER_MESSAGE = 256;
/** When an incomplete message of settlements is sent, in milliseconds. */
const TIMES = { idleMs: 5, longestMs: 50 };
const PROGRESS_MS = 200;
/** Files in upload that one message names. */
const MOST_NAMED = 16;

/** The work of a child process: the stages of a run in one process, with the messages of the parent at both ends. */
export class ChildRun {
  readonly control = new RunControl();
  /** Resolves when every file that was taken is settled, and the parent was told. */
  readonly ended: Promise<void>;
  readonly #options: Beginning['options'];
  readonly #tell: (message: FromChild) => void;
  readonly #transferLimit: AskedTransferLimit | undefined;
  readonly #fence: ChildFence | undefined;
  /** Files from the parent. Without a limit here, since the parent limits how many it sends. */
  readonly #files = new Readable({ objectMode: true, read: () => undefined });
  #isOpen = true;
  readonly #inWork = new Set<FileInWork>();
  #readBytes = 0;
  #sentBytes = 0;
  #uploads: CountedLimit | undefined;
  #toldAtOnce = 0;
  #bytesPerSecond: number;

  constructor({ options, isEmpty, record, renewed }: Beginning, tell: (message: FromChild) => void) {
    this.#options = options;
    this.#tell = tell;
    const { maxTransferBytes } = options;
    this.#transferLimit =
      maxTransferBytes === undefined ? undefined : new AskedTransferLimit(maxTransferBytes, tell);
    this.#fence = renewed && new ChildFence(renewed, this.control);
    this.#bytesPerSecond = options.bytesPerSecond ?? Number.POSITIVE_INFINITY;
    this.control.stopping.addEventListener('abort', () => {
      const { failure } = this.control;
      if (failure) tell({ kind: 'failed', failure: serializeError(failure) });
    });
    this.ended = this.#work(isEmpty, record);
  }

  take(orders: readonly Order[]): void {
    const { root } = this.#options;
    for (const order of orders) this.#files.push(pass<Selected>({ ...order, root }));
  }

  /** Changes this process's share of the bandwidth limit, in bytes per second. */
  limitTo(bytesPerSecond: number): void {
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** Called with the parent's answers to what the transfer limit has asked. */
  onGranted(granted: readonly boolean[]): void {
    this.#transferLimit?.onGranted(granted);
  }

  /** Called when the lease of the run was renewed. */
  onRenewed(renewed: Moment): void {
    this.#fence?.onRenewed(renewed);
  }

  takeNoMore(): void {
    if (this.#isOpen) this.#files.push(null);
    this.#isOpen = false;
  }

  async #work(isEmpty: boolean, record: Beginning['record']): Promise<void> {
    const { bytesPerSecond } = this.#options;
    const options = {
      // The parent has checked them.
      ...checked(this.#options),
      removeEmptyDirectories: false,
      isReached: true,
      bytesPerSecond: bytesPerSecond === undefined ? undefined : () => this.#bytesPerSecond,
      onOutage: (news: OutageNews) => this.#tell({ kind: 'outage', news }),
      onLimitStep: (step: LimitStep) => this.#tell({ kind: 'limit-step', step }),
    };
    const { control } = this;
    const { store, ...uploading } = openStore(options, control.aborting, options.processes);
    const segments = record && writerOf(record, options, control.aborting);
    const settled = new Batch<Settlement>(SETTLEMENTS_PER_MESSAGE, TIMES, (settlements) =>
      this.#tell({ kind: 'settled', settlements }),
    );
    const uploads = new CountedLimit(uploading.uploads);
    this.#uploads = uploads;
    const context = {
      store,
      ...uploading,
      uploads,
      transferLimit: this.#transferLimit,
      control,
      isEmpty,
      onRead: (bytes: number) => {
        this.#readBytes += bytes;
      },
      onSent: (bytes: number) => {
        this.#sentBytes += bytes;
      },
      inWork: this.#inWork,
      onFolderRemoved: () => undefined,
      onRestored: (path: string) => this.#tell({ kind: 'restored', path }),
      record: segments?.record,
      fence: this.#fence,
    };
    const progress = setInterval(() => this.#tellProgress(), PROGRESS_MS);
    try {
      // The stages depend on which store it is, and this process has sent no request yet.
      await store.locate();
      await pipeline(
        this.#files,
        chain([...transfer(options, context)]) as unknown as Duplex,
        sinkFor((settlement) => settled.add(settlement)),
      );
    } finally {
      clearInterval(progress);
      settled.flush();
      this.#tellProgress();
      control.close();
      segments?.close();
      store.close();
    }
  }

  #tellProgress(): void {
    const atOnce = this.#uploads?.inWork ?? 0;
    const [bytes, sentBytes] = [this.#readBytes, this.#sentBytes];
    if (bytes === 0 && sentBytes === 0 && atOnce === this.#toldAtOnce) return;
    const inWork = [...this.#inWork].slice(0, MOST_NAMED).map(({ path, size, doneBytes }) => {
      return { path, size, doneBytes };
    });
    this.#tell({ kind: 'progress', bytes, sentBytes, atOnce, inWork });
    this.#readBytes = 0;
    this.#sentBytes = 0;
    this.#toldAtOnce = atOnce;
  }
}

function writerOf(
  { run, order }: ChildRecord,
  options: OpenStoreOptions,
  aborting: AbortSignal,
): SegmentWriter {
  let count = 0;
  const nextOrder = () => {
    count += 1;
    return `${order}.${segmentNumber(count)}`;
  };
  return new SegmentWriter(options, run, nextOrder, aborting);
}

function sinkFor(take: (settlement: Settlement) => void): Writable {
  return new Writable({
    objectMode: true,
    write: (item: Item<never>, _encoding, done) => {
      if (item.settled) take(item.settlement);
      done();
    },
  });
}
