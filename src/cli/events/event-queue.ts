import { DiskQueue } from '../../files/disk-queue.ts';
import type { EventOutput } from './event-output.ts';

/** Text that is gathered before it is written, in characters. */
const BATCH_CHARACTERS = 64 * 1024;
/** Text waits no longer than this for more of it, in milliseconds. */
const LONGEST_WAIT_MS = 100;
/** Bytes of one write. */
const PIECE_BYTES = 16 * 1024;
/** Text that a reader has not taken stays in memory up to this size; more of it is kept on the disk. In characters. */
const MOST_IN_MEMORY = 1024 * 1024;
/** At the end a reader has this long for each piece, in milliseconds. */
const PATIENCE_MS = 600_000;

export interface QueueOptions {
  /** Folder on whose file system the text is kept that a reader has not taken. */
  readonly folder: string;
  /** Called once if nothing more can be written. */
  readonly onFailure: (error: unknown) => void;
}

/** Writes lines in their order and without a gap. Nobody waits for a slow reader before `end`. */
export class EventQueue {
  readonly #output: EventOutput;
  readonly #onFailure: QueueOptions['onFailure'];
  readonly #backlog: DiskQueue;
  /** The oldest bytes; then come those of the backlog, then the text. */
  #rest: Buffer = Buffer.alloc(0);
  #text = '';
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<void> | undefined;
  #isWriting = false;
  #pieces = 0;
  readonly #closing = new AbortController();

  constructor(output: EventOutput, { folder, onFailure }: QueueOptions) {
    this.#output = output;
    this.#backlog = new DiskQueue(folder);
    this.#onFailure = onFailure;
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  add(line: string): void {
    if (this.#isClosed) return;
    this.#text += line;
    if (this.#text.length >= BATCH_CHARACTERS) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), LONGEST_WAIT_MS).unref();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#isWriting) this.#work = this.#write();
    else if (this.#text.length >= MOST_IN_MEMORY) this.#tryTo(() => this.#keepOnDisk());
  }

  #keepOnDisk(): void {
    this.#backlog.add(Buffer.from(this.#text));
    this.#text = '';
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    try {
      for (let piece = this.#next(); piece !== undefined && !this.#isClosed; piece = this.#next()) {
        // Without a promise it is written already: no turn of the event loop is needed.
        const written = this.#output.write(piece);
        if (written) await written;
        this.#pieces += 1;
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#isWriting = false;
    }
  }

  #next(): Buffer | undefined {
    if (this.#rest.length === 0) this.#rest = this.#backlog.take(BATCH_CHARACTERS);
    if (this.#rest.length === 0) {
      this.#rest = Buffer.from(this.#text);
      this.#text = '';
    }
    if (this.#rest.length === 0) return undefined;
    const piece = this.#rest.subarray(0, PIECE_BYTES);
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }

  #tryTo(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#isClosed) return;
    this.close();
    this.#onFailure(error);
  }

  /**
   * Resolves when everything is written, or the reader has taken nothing for ten minutes, or `signal` is aborted meanwhile.
   * Nothing can be added afterwards.
   */
  async end(signal: AbortSignal): Promise<void> {
    if (this.#isClosed) return;
    this.#flush();
    if (this.#work && !this.#isClosed) await this.#waitFor(this.#work, signal);
    this.close();
  }

  async #waitFor(work: Promise<void>, signal: AbortSignal): Promise<void> {
    const why = await Promise.race([work, this.#lossOfPatience(signal)]);
    if (why !== undefined) this.#fail(new Error(why));
  }

  /** Resolves to the reason why the reader is not waited for any longer; to undefined if the queue has been closed meanwhile. */
  #lossOfPatience(stopped: AbortSignal): Promise<string | undefined> {
    const closed = this.#closing.signal;
    return new Promise((resolve) => {
      const onStop = () => resolve('the program was stopped before their reader had taken all');
      stopped.addEventListener('abort', onStop, { once: true, signal: closed });
      let before = this.#pieces;
      const timer = setInterval(() => {
        if (this.#pieces === before) resolve('their reader has taken nothing for ten minutes');
        before = this.#pieces;
      }, PATIENCE_MS);
      closed.addEventListener('abort', () => {
        clearInterval(timer);
        resolve(undefined);
      });
    });
  }

  /** Writes what it can without waiting, since the process ends. */
  flushNow(): void {
    this.#tryTo(() => {
      if (this.#isClosed) return;
      for (let piece = this.#next(); piece !== undefined; piece = this.#next())
        this.#output.write(piece)?.catch(() => undefined);
    });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#closing.abort();
    clearTimeout(this.#timer);
    this.#text = '';
    this.#backlog.close();
    this.#output.close();
  }
}
