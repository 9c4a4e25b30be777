import type { Bucket } from './bucket.ts';
import { S3Error } from './errors.ts';
import { bucketOf, type Exchange, keyOf } from './exchange.ts';
import type { ObjectVersion } from './model.ts';
import {
  bypassesGovernance,
  parseLegalHold,
  parseLockMode,
  parseRetainUntil,
  requireUnlocked,
} from './object-lock.ts';
import { receiveDocument } from './receive.ts';
import { NO_CONTENT, type Reply, xmlReply } from './reply.ts';
import { parseTagDocument, writeTagDocument } from './tags.ts';
import { requireVersion, versionHeader } from './versions.ts';
import { parseXml, textOf } from './xml-read.ts';
import { document, isoTime, text } from './xml-write.ts';

function target(exchange: Exchange): { readonly bucket: Bucket; readonly version: ObjectVersion } {
  const bucket = bucketOf(exchange);
  return {
    bucket,
    version: requireVersion(bucket, keyOf(exchange), exchange.request.query.get('versionId')),
  };
}

function change(exchange: Exchange, part: Partial<ObjectVersion>): Record<string, string | undefined> {
  const { bucket, version } = target(exchange);
  bucket.commit({ type: 'amend', version: { ...version, ...part } });
  return versionHeader(bucket.settings, version.versionId);
}

/** GetObjectTagging. */
export function getObjectTagging(exchange: Exchange): Reply {
  const { bucket, version } = target(exchange);
  return xmlReply(writeTagDocument(version.tags), versionHeader(bucket.settings, version.versionId));
}

/** PutObjectTagging. */
export async function putObjectTagging(exchange: Exchange): Promise<Reply> {
  target(exchange);
  const tags = parseTagDocument(await receiveDocument(exchange));
  return { status: 200, headers: change(exchange, { tags }) };
}

/** DeleteObjectTagging. */
export function deleteObjectTagging(exchange: Exchange): Reply {
  return { ...NO_CONTENT, headers: change(exchange, { tags: [] }) };
}

function requireLockable({ settings }: Bucket): void {
  if (!settings.objectLock)
    throw new S3Error('InvalidRequest', 'Bucket is missing Object Lock Configuration');
}

/** GetObjectRetention. */
export function getObjectRetention(exchange: Exchange): Reply {
  const { bucket, version } = target(exchange);
  requireLockable(bucket);
  const { mode, retainUntil } = version.lock;
  if (mode === undefined || retainUntil === undefined) throw new S3Error('NoSuchObjectLockConfiguration');
  return xmlReply(document('Retention', text('Mode', mode), text('RetainUntilDate', isoTime(retainUntil))));
}

/** PutObjectRetention. Any retention can be lengthened. Only one in governance mode can be shortened, with its bypass header. */
export async function putObjectRetention(exchange: Exchange): Promise<Reply> {
  requireLockable(target(exchange).bucket);
  const root = parseXml(await receiveDocument(exchange), 'Retention');
  const mode = parseLockMode(textOf(root, 'Mode'));
  const retainUntil = parseRetainUntil(textOf(root, 'RetainUntilDate'));
  if ((mode === undefined) !== (retainUntil === undefined)) throw new S3Error('MalformedXML');
  const { version } = target(exchange);
  const { lock } = version;
  const lengthens = mode === lock.mode && (retainUntil ?? 0) >= (lock.retainUntil ?? 0);
  if (!lengthens) {
    const withoutHold = { ...version, lock: { ...lock, legalHold: undefined } };
    requireUnlocked(withoutHold, bypassesGovernance(exchange.request));
  }
  return { status: 200, headers: change(exchange, { lock: { ...lock, mode, retainUntil } }) };
}

/** GetObjectLegalHold. */
export function getObjectLegalHold(exchange: Exchange): Reply {
  const { bucket, version } = target(exchange);
  requireLockable(bucket);
  if (version.lock.legalHold === undefined) throw new S3Error('NoSuchObjectLockConfiguration');
  return xmlReply(document('LegalHold', text('Status', version.lock.legalHold)));
}

/** PutObjectLegalHold. */
export async function putObjectLegalHold(exchange: Exchange): Promise<Reply> {
  requireLockable(target(exchange).bucket);
  const status = textOf(parseXml(await receiveDocument(exchange), 'LegalHold'), 'Status');
  const legalHold = parseLegalHold(status);
  if (legalHold === undefined) throw new S3Error('MalformedXML');
  const { lock } = target(exchange).version;
  return { status: 200, headers: change(exchange, { lock: { ...lock, legalHold } }) };
}
