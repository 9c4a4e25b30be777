import { PARTS_IN_MEMORY } from '../../s3/parts.ts';
import type { Layer } from './layer.ts';
import { DEFAULT_ORIGIN, formatOrigin } from './origin.ts';
import { formatSize } from './parse-size.ts';
import type { SettingKey, Settings } from './schema.ts';

/** What each setting alone allows, but all together do not; one line each. */
export function contradictions({ s3, transfer }: Settings, merged: Layer): string[] {
  const place = (key: SettingKey) => formatOrigin(merged.get(key)?.origin ?? DEFAULT_ORIGIN);
  const problems: string[] = [];
  if (transfer.part_size * PARTS_IN_MEMORY > transfer.memory) {
    const key = merged.has('transfer.memory') ? 'transfer.memory' : 'transfer.part_size';
    problems.push(
      `${place(key)}: ${key}: ${PARTS_IN_MEMORY} parts (transfer.part_size ${formatSize(transfer.part_size)}) have to fit ` +
        `into transfer.memory (${formatSize(transfer.memory)}); lower the one or raise the other`,
    );
  }
  if (s3.kms_key_id !== undefined && !s3.server_side_encryption?.startsWith('aws:kms')) {
    const key = 's3.kms_key_id';
    problems.push(`${place(key)}: ${key}: needs s3.server_side_encryption aws:kms or aws:kms:dsse`);
  }
  return problems;
}
