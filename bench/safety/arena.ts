import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FaultAction, type Operation, type S3Server, startS3Server } from '../../src/s3-server/index.ts';
import { BenchBucket, BUCKET } from './bucket.ts';
import { digest, digestsBelow, type Entry, type Findings } from './ledger.ts';

export const PREFIX = 'moved/';
const SENDS: readonly Operation[] = ['PutObject', 'UploadPart'];
const READS: readonly Operation[] = [
  'HeadObject',
  'GetObject',
  'GetObjectAttributes',
  'ListObjects',
  'ListObjectsV2',
];

type Expectation = Partial<Pick<Entry, 'mustUpload' | 'mustGo'>>;
type Record_ = { -readonly [K in keyof Entry]: Entry[K] extends readonly string[] ? string[] : Entry[K] };

/** Where one tool runs through one case: a folder, an endpoint of its own, and the ledger of what must not be lost. */
export class Arena {
  readonly root: string;
  readonly server: S3Server;
  readonly bucket: BenchBucket;
  readonly entries: Record_[] = [];
  /** Disturbances that were planned, and have not come to pass. */
  readonly waiting = new Set<string>();
  readonly #atEnd: (() => void)[] = [];
  /** Ends the tool's process; set while it runs. */
  kill: () => void = () => undefined;

  private constructor(root: string, server: S3Server) {
    this.root = root;
    this.server = server;
    this.bucket = new BenchBucket(server);
    for (const folder of [this.source, this.outside, this.home]) mkdirSync(folder, { mode: 0o755 });
  }

  static async open(): Promise<Arena> {
    const root = mkdtempSync(join(realpathSync(tmpdir()), 'bench-safety-'));
    chmodSync(root, 0o755);
    const directory = join(root, 'store');
    const server = await startS3Server({ directory, buckets: [BUCKET], recordRequests: true });
    return new Arena(root, server);
  }

  get source(): string {
    return join(this.root, 'source');
  }

  get outside(): string {
    return join(this.root, 'outside');
  }

  /** Configuration of the tools, and their current folder. */
  get home(): string {
    return join(this.root, 'home');
  }

  keyOf = (name: string): string => PREFIX + name;
  pathOf = (name: string): string => join(this.source, name);

  /** A file of the source. */
  add(name: string, content: string | Buffer = `content of ${name}\n`, expectation: Expectation = {}): void {
    const path = this.pathOf(name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    this.expect(name, content, expectation);
  }

  addMany(count: number, name: (index: number) => string): void {
    for (let index = 0; index < count; index += 1) this.add(name(index));
  }

  /** Takes a content of the source into the ledger that the case has written itself. */
  expect(name: string, content: string | Buffer, expectation: Expectation = {}): void {
    const versions = [digest(Buffer.from(content))];
    this.entries.push({ name, role: 'source', versions, mustUpload: true, mustGo: false, ...expectation });
  }

  addOutside(name: string, content = `outside: ${name}\n`): string {
    const path = join(this.outside, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    const versions = [digest(Buffer.from(content))];
    this.entries.push({ name, role: 'outside', versions, mustUpload: false, mustGo: false });
    return path;
  }

  async addObject(
    name: string,
    content: string,
    metadata: Record<string, string> = {},
    counts = true,
  ): Promise<void> {
    await this.bucket.put(this.keyOf(name), Buffer.from(content), metadata);
    const versions = [digest(Buffer.from(content))];
    if (counts) this.entries.push({ name, role: 'object', versions, mustUpload: false, mustGo: false });
  }

  /** The file has another content by now. */
  changed(name: string, content: string | Buffer = readFileSync(this.pathOf(name))): void {
    this.entries.find((entry) => entry.name === name)?.versions.push(digest(Buffer.from(content)));
  }

  append(name: string, text: string): void {
    appendFileSync(this.pathOf(name), text);
    this.changed(name);
  }

  /**
   * Does something once, when more than so many bytes of a file have arrived: what has arrived, the tool has read. The
   * answer is still out, since what is looked at between two turns of the event loop is the endpoint in this process.
   */
  whileSending(name: string, act: () => void | Promise<void>, afterBytes = 0): void {
    const key = this.keyOf(name);
    const once = this.disturbance(`while ${name} is sent`, act);
    let ended = false;
    const watch = () => {
      if (this.#bytesArrived(key) > afterBytes) void once();
      else if (!ended) setImmediate(watch);
    };
    this.server.faults.plan({ operation: SENDS, key, do: { kind: 'call', run: watch } });
    this.atEnd(() => {
      ended = true;
    });
  }

  #bytesArrived(key: string): number {
    const requests = this.server.requests.of(...SENDS).filter((request) => request.key === key);
    return requests.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0);
  }

  /** Something goes wrong with the sending of a file: at its PUT, or at its parts or their completion. */
  fault(name: string, action: FaultAction, times = 1): void {
    const operation: Operation[] = [...SENDS, 'CompleteMultipartUpload'];
    this.server.faults.plan({ operation, key: this.keyOf(name), times, do: action });
  }

  /** Does something once, when a file is stored, and before anybody is told what is stored. */
  afterStored(name: string, act: () => void | Promise<void>): void {
    const once = this.disturbance(`after ${name} was stored`, act);
    const isStored = () => this.#isStored(this.keyOf(name));
    const run = async () => {
      // The record is complete only after the answer has left.
      await sleep(20);
      if (isStored()) await once();
    };
    this.server.faults.plan({ operation: READS, times: Number.POSITIVE_INFINITY, do: { kind: 'call', run } });
    const timer = setInterval(() => isStored() && void once(), 5);
    this.atEnd(() => clearInterval(timer));
  }

  #isStored(key: string): boolean {
    const stores: Operation[] = ['PutObject', 'CompleteMultipartUpload'];
    return this.server.requests
      .of(...stores)
      .some((request) => request.key === key && request.status === 200);
  }

  /** Every call gets the promise of the one act. */
  disturbance(what: string, act: () => void | Promise<void>): () => Promise<void> {
    let done: Promise<void> | undefined;
    this.waiting.add(what);
    return () => {
      this.waiting.delete(what);
      done ??= Promise.resolve(act());
      return done;
    };
  }

  /** Is done when the tool has ended, before anything is looked at. */
  atEnd(act: () => void): void {
    this.#atEnd.push(act);
  }

  runAtEnd(): void {
    for (const act of this.#atEnd.splice(0)) act();
  }

  async look(): Promise<Findings> {
    this.server.faults.clear();
    return {
      source: digestsBelow(Buffer.from(this.source)),
      outside: digestsBelow(Buffer.from(this.outside)),
      objects: await this.bucket.digests(),
    };
  }

  async close(): Promise<void> {
    this.runAtEnd();
    this.bucket.close();
    await this.server.close();
    rmSync(this.root, { recursive: true, force: true });
  }
}
