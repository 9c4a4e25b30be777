import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Allowance } from '../core/allowance.ts';
import { messageOf } from '../core/errors.ts';
import { type ChecksumAlgorithm, type Checksums, checksumOf } from '../digest/checksum.ts';
import type { ByteCount } from './byte-count.ts';
import type { Identity } from './identity.ts';
import { SourceError } from './source-error.ts';

const REGULAR_FILE = 0o100_000;

/** How a stream is read. */
export interface StreamContentOptions {
  /** Most bytes that are kept in memory, to be sent in one request if nothing follows them. */
  readonly wholeBytes: number;
  /** Expected size in bytes, from which the size of the parts is chosen. Default: unknown. */
  readonly expectedSize?: number | undefined;
  /** Most bytes of the stream in memory. */
  readonly memoryBytes: number;
  /** Called with the number of bytes that were read. */
  readonly onRead: (bytes: number) => void;
}

/**
 * The bytes of a stream of unknown length, read once. A short one is read whole (`bytes`); a longer one while it is uploaded
 * (`chunks`).
 */
export class StreamContent {
  readonly #source: AsyncIterator<unknown>;
  readonly limits: StreamContentOptions;
  #head: Buffer[] = [];

  /** Mode, owner and time of a file that this user creates at this moment. */
  readonly identity: Identity = newFile();
  /** Bytes that were read so far. */
  size = 0;
  /** MD5 of the whole in hex; undefined until every byte was read. */
  md5: string | undefined;
  /** Checksums of the whole that are known so far. */
  readonly checksums: Checksums = {};
  /** The whole content; undefined if it is longer than `wholeBytes`. */
  bytes: Buffer | undefined;
  /** What may be sent of the stream; undefined if there is no limit. */
  allowance: Allowance | undefined;
  /** Counts the bytes that an upload sends. Undefined if no progress is shown. */
  sent: ByteCount | undefined;

  private constructor(stream: Readable, options: StreamContentOptions) {
    this.#source = stream[Symbol.asyncIterator]();
    this.limits = options;
  }

  /**
   * Begins to read a stream.
   *
   * @throws SourceError `UNREADABLE` if the stream fails, or ends without a byte: its writer has probably failed
   */
  static async begin(stream: Readable, options: StreamContentOptions): Promise<StreamContent> {
    const content = new StreamContent(stream, options);
    let ended = false;
    while (!ended && content.size <= options.wholeBytes) {
      const chunk = await content.#read();
      if (chunk === undefined) ended = true;
      else content.#head.push(chunk);
    }
    if (content.size === 0)
      throw new SourceError('UNREADABLE', 'the input is empty, so its writer has probably failed');
    if (ended) {
      content.bytes = Buffer.concat(content.#head);
      content.#head = [];
      content.md5 = createHash('md5').update(content.bytes).digest('hex');
    }
    return content;
  }

  /** Makes the content of bytes that are in memory: at least one. */
  static async of(bytes: Buffer): Promise<StreamContent & { readonly bytes: Buffer; readonly md5: string }> {
    const { length } = bytes;
    const content = await StreamContent.begin(Readable.from([bytes]), {
      ...{ wholeBytes: length, memoryBytes: length, expectedSize: length },
      onRead: () => undefined,
    });
    const { md5 = '' } = content;
    return Object.assign(content, { bytes, md5 });
  }

  /** Yields all bytes in order. Can be called once. @throws SourceError `UNREADABLE` if the stream fails */
  async *chunks(): AsyncGenerator<Buffer, void> {
    const md5 = createHash('md5');
    const head = this.#head;
    this.#head = [];
    for (;;) {
      const chunk = head.shift() ?? (await this.#read());
      if (chunk === undefined) break;
      md5.update(chunk);
      yield chunk;
    }
    this.md5 = md5.digest('hex');
  }

  async #read(): Promise<Buffer | undefined> {
    try {
      const { value, done } = await this.#source.next();
      if (done) return undefined;
      const chunk = Buffer.isBuffer(value) ? value : Buffer.from(value as string | Uint8Array);
      this.size += chunk.length;
      this.limits.onRead(chunk.length);
      return chunk;
    } catch (error) {
      if (error instanceof SourceError) throw error;
      throw new SourceError('UNREADABLE', `the input broke off: ${messageOf(error)}`, error);
    }
  }

  /** Computes a checksum if it is not known yet and the whole content is in memory. */
  async addChecksum(algorithm: ChecksumAlgorithm): Promise<void> {
    if (this.bytes === undefined || this.checksums[algorithm] !== undefined) return;
    this.checksums[algorithm] = (await checksumOf(algorithm, this.bytes)).toString('base64');
  }

  releaseBytes(): void {
    this.bytes = undefined;
  }

  close(): void {
    this.releaseBytes();
    void this.#source.return?.();
  }
}

function newFile(): Identity {
  const now = BigInt(Date.now()) * 1_000_000n;
  return {
    dev: 0n,
    ino: 0n,
    size: 0n,
    mtimeNs: now,
    ctimeNs: now,
    nlink: 1n,
    mode: BigInt(REGULAR_FILE | (0o666 & ~process.umask())),
    uid: BigInt(process.geteuid?.() ?? 0),
    gid: BigInt(process.getegid?.() ?? 0),
  };
}
