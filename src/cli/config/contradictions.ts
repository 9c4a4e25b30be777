import { contradictionsOf, type RuledOptions } from '../../s3/option-rules.ts';
import { PARTS_IN_MEMORY } from '../../s3/parts.ts';
import { emptyRanges } from '../../selection/size-and-age.ts';
import { OBJECT_SETTINGS, objectOptions } from './object-options.ts';
import { formatSize } from './parse/parse-size.ts';
import type { SettingKey, Settings } from './schema/schema.ts';
import type { Layer } from './sources/layer.ts';
import { DEFAULT_ORIGIN, formatOrigin } from './sources/origin.ts';

const LIMIT_SETTINGS = {
  minSizeBytes: 'backup.min_size',
  maxSizeBytes: 'backup.max_size',
  minAgeSeconds: 'backup.min_age',
  maxAgeSeconds: 'backup.max_age',
} as const;

/**
 * Finds settings that are allowed alone but not together.
 *
 * @returns one line for each contradiction
 */
export function contradictions(settings: Settings, merged: Layer): string[] {
  const { aws, backup, s3, transfer } = settings;
  const place = (key: SettingKey) => formatOrigin(merged.get(key)?.origin ?? DEFAULT_ORIGIN);
  const problems: string[] = [];
  if (transfer.part_size * PARTS_IN_MEMORY > transfer.memory) {
    const key = merged.has('transfer.memory') ? 'transfer.memory' : 'transfer.part_size';
    problems.push(
      `${place(key)}: ${key}: ${PARTS_IN_MEMORY} parts (transfer.part_size ${formatSize(transfer.part_size)}) must fit ` +
        `into transfer.memory (${formatSize(transfer.memory)}); use smaller parts or more memory`,
    );
  }
  const limits = {
    minSizeBytes: backup.min_size,
    maxSizeBytes: backup.max_size,
    minAgeSeconds: backup.min_age,
    maxAgeSeconds: backup.max_age,
  };
  for (const pair of emptyRanges(limits)) {
    const [lower, upper] = pair.map((option) => LIMIT_SETTINGS[option]) as [SettingKey, SettingKey];
    problems.push(
      `${place(lower)}: ${lower}: is more than ${upper} (${place(upper)}), so no file can match both`,
    );
  }
  const options: RuledOptions = {
    bucket: s3.bucket_name ?? '',
    endpointUrl: aws.endpoint_url,
    forcePathStyle: aws.force_path_style,
    checksum: s3.checksum,
    requesterPays: s3.requester_pays,
    object: objectOptions(settings),
  };
  for (const { option, problem } of contradictionsOf(options, (name) => OBJECT_SETTINGS[name])) {
    const key = OBJECT_SETTINGS[option];
    problems.push(`${place(key)}: ${key}: ${problem}`);
  }
  return problems;
}
