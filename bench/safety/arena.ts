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
import { type S3Server, startS3Server } from '../../src/s3-server/index.ts';
import { BenchBucket, BUCKET } from './bucket.ts';
import { Disturbances } from './disturbances.ts';
import { digest, digestsBelow, type Entry, type Findings } from './ledger.ts';

export const PREFIX = 'moved/';

type Expectation = Partial<Pick<Entry, 'mustUpload' | 'mustGo'>>;
type Mutable = { -readonly [K in keyof Entry]: Entry[K] extends readonly string[] ? string[] : Entry[K] };

/** Where one tool runs through one case: a folder, an endpoint of its own, and the ledger of what must not be lost. */
export class Arena {
  readonly root: string;
  readonly server: S3Server;
  readonly bucket: BenchBucket;
  readonly entries: Mutable[] = [];
  readonly disturb: Disturbances;
  readonly #atEnd: (() => void)[] = [];
  /** Ends the tool's process; set while it runs. */
  kill: () => void = () => undefined;

  private constructor(root: string, server: S3Server) {
    this.root = root;
    this.server = server;
    this.bucket = new BenchBucket(server);
    this.disturb = new Disturbances(server, this.keyOf);
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

  /** Is done when the tool has ended, before anything is looked at. */
  atEnd(act: () => void): void {
    this.#atEnd.push(act);
  }

  runAtEnd(): void {
    this.disturb.end();
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
