import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { BackupOptions, Report } from '../../src/index.ts';
import type {
  FaultAction,
  FaultPlan,
  Operation,
  S3Server,
  S3ServerOptions,
} from '../../src/s3-server/index.ts';
import { unfinishedUploads, useBucketClient } from './bucket.ts';
import { type Content, contentOf, type Findings, lookAtBucket, lookAtDisk, rawPath } from './findings.ts';
import { type Allowances, Ledger } from './ledger.ts';
import { untruths } from './report-truth.ts';
import { fatesOf, moveTo } from './run.ts';
import { TEST_BUCKET, useS3Server } from './s3-server.ts';
import { addFiles, type Files, useFolder } from './tree.ts';

export const PREFIX = 'moved/';

/** Where one run is tortured: a source, a folder beside it, an endpoint, and the ledger of what must not be lost. */
export class Place {
  readonly root: string;
  readonly server: S3Server;
  readonly client: S3Client;
  readonly ledger = new Ledger(PREFIX);
  readonly #spoilt = new Set<string>();

  constructor(root: string, server: S3Server, client: S3Client) {
    this.root = root;
    this.server = server;
    this.client = client;
    addFiles(root, { 'source/': '', 'outside/': '' });
  }

  get source(): string {
    return join(this.root, 'source');
  }

  get outside(): string {
    return join(this.root, 'outside');
  }

  /** Of a file in the source. */
  path = (name: string): string => join(this.source, name);

  /** Files of the source, which must not be lost. */
  add(files: Files): void {
    addFiles(this.source, files);
    for (const name of Object.keys(files)) if (!name.endsWith('/')) this.note(name);
  }

  /** Files beside the source, which nobody may touch. */
  addOutside(files: Files): void {
    addFiles(this.outside, files);
    this.noteOutside();
  }

  /** Takes everything that is beside the source now into the ledger. */
  noteOutside(): void {
    for (const [raw, content] of lookAtDisk(this.outside).files) this.ledger.noteOutside(raw, content);
  }

  /** Takes the content that a file has now into the ledger. */
  note(name: string): void {
    this.ledger.note(rawPath(name), contentOf(readFileSync(this.path(name))));
  }

  /** Somebody else removed it, or moved it elsewhere. */
  forget(name: string): void {
    this.ledger.forget(rawPath(name));
  }

  /** Somebody else stores an object. */
  async store(name: string, bytes: string | Buffer): Promise<void> {
    const Body = Buffer.from(bytes);
    const Key = PREFIX + name;
    await this.client.send(new PutObjectCommand({ Bucket: TEST_BUCKET, Key, Body }));
    this.ledger.noteObject(Key, contentOf(Body));
  }

  /** Does something when a request arrives, before it is served. */
  at(
    operation: Operation | readonly Operation[],
    name: string,
    act: () => void | Promise<void>,
    skip = 0,
  ): void {
    this.server.faults.plan({ operation, key: PREFIX + name, skip, do: { kind: 'call', run: act } });
  }

  fault(operation: FaultPlan['operation'], action: FaultAction, more: Partial<FaultPlan> = {}): void {
    this.server.faults.plan({ operation, do: action, ...more });
  }

  /** The object under this name may be other bytes than were sent. */
  spoils(name: string): void {
    this.#spoilt.add(PREFIX + name);
  }

  move(more: Partial<BackupOptions> = {}): Promise<Report> {
    return moveTo(this.server, this.source, { prefix: PREFIX, maxAttempts: 3, ...more });
  }

  async look(): Promise<Findings> {
    const objects = await lookAtBucket(this.client, PREFIX);
    const outside = new Map<string, Content>(lookAtDisk(this.outside).files);
    return { ...lookAtDisk(this.source), objects, outside };
  }

  /**
   * The judgement after a run: every planned fault fired, nothing was lost, the report told the truth, no parts were
   * left in the bucket, and every file ended as the case says.
   */
  async judge(
    report: Report,
    fates?: Readonly<Record<string, string | RegExp>>,
    allowed: Allowances & { readonly parts?: boolean } = {},
  ): Promise<Findings> {
    this.server.faults.assertAllFired();
    this.server.faults.clear();
    const found = await this.look();
    assert.deepEqual(this.ledger.losses(found, { spoilt: this.#spoilt, ...allowed }), []);
    assert.deepEqual(untruths(report, this.ledger, found), []);
    if (!allowed.parts) assert.deepEqual(await unfinishedUploads(this.client), []);
    if (fates) assertFates(fatesOf(report), fates);
    return found;
  }
}

function assertFates(told: Record<string, string>, wanted: Readonly<Record<string, string | RegExp>>): void {
  assert.deepEqual(Object.keys(told).sort(), Object.keys(wanted).sort());
  for (const [path, fate] of Object.entries(wanted)) {
    if (typeof fate === 'string') assert.equal(told[path], fate, path);
    else assert.match(told[path] ?? '', fate, path);
  }
}

export async function usePlace(
  t: TestContext,
  files: Files = {},
  options: Partial<S3ServerOptions> = {},
): Promise<Place> {
  const server = await useS3Server(t, options);
  const place = new Place(useFolder(t), server, useBucketClient(t, server));
  place.add(files);
  return place;
}
