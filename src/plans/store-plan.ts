import { type Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import chain from 'stream-chain';
import { BackupError } from '../core/errors.ts';
import { type Acknowledged, type Item, type Proved, pass, type Sendable, settle } from '../flow/item.ts';
import type { RunControl } from '../flow/run-control.ts';
import { stage } from '../flow/stage.ts';
import type { Store } from '../s3/store.ts';
import { StreamContent } from '../source/stream-content.ts';
import { upload } from '../stages/upload.ts';
import { verify } from '../stages/verify.ts';
import { type Plan, planKey } from './plan.ts';

/**
 * Stores a plan, unless there is an object under its key, and proves that S3 holds it.
 *
 * @returns its key
 * @throws BackupError `PLAN_FAILED`; the failure of `control` if that has ended the run
 */
export async function storePlan(store: Store, plan: Plan, control: RunControl): Promise<string> {
  const key = planKey(plan.prefix, plan.id);
  const text = Buffer.from(`${JSON.stringify(plan, undefined, 1)}\n`);
  const content = await StreamContent.of(text);
  const stages = chain([
    upload<Sendable>({ store, control, neverOverwrites: true, concurrency: 1 }),
    verify<Sendable & Acknowledged>({ store, control, deleteAfterUpload: true, concurrency: 1 }),
    stage<Sendable & Acknowledged & Proved, never>(1, (file) => settle(file, 'kept')),
  ]) as unknown as Duplex;
  const file = pass({ path: plan.id, key, content, ifAbsent: true });
  const { code, reason } = await pipeline(Readable.from([file]), stages, settlementOf);
  if (code === undefined) return key;
  if (control.failure) throw control.failure;
  throw new BackupError('PLAN_FAILED', `The plan was not stored: ${reason} (${code}).`, {
    hint: 'The credentials must be allowed to write below `.s3-backup/plans/`.',
  });
}

async function settlementOf(items: AsyncIterable<Item<never>>) {
  for await (const item of items) if (item.settled) return item.settlement;
  throw new Error('no stage has settled the plan');
}
