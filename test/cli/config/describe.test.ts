import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeSettings } from '../../../src/cli/config/index.ts';
import { sandbox } from './sandbox.ts';

test('status shows every setting as people write it, with where it comes from', (t) => {
  const box = sandbox(t);
  box.write('cwd/c', 'backup: {min_age: 5400, exclude_patterns: [a, b]}\ns3: {tags: {a: "1", b: "2"}}');
  box.write('cwd/.env', 'AWS_PROFILE=work');
  const loaded = box.load({
    configFile: 'c',
    env: { AWS_REGION: 'eu', backup_transfer__part_size: '10M' },
    flags: { 's3.bucket_name': { value: 'b', flag: '--bucket' } },
  });
  const lines = describeSettings(loaded).map(({ key, value, origin }) => `${key} ${value} (${origin})`);
  assert.deepEqual(lines, [
    'aws.access_key_id (not set) (default)',
    'aws.secret_access_key (not set) (default)',
    'aws.session_token (not set) (default)',
    'aws.region eu (environment AWS_REGION)',
    'aws.profile work (.env AWS_PROFILE)',
    'aws.endpoint_url (not set) (default)',
    'aws.ca_bundle (not set) (default)',
    'aws.force_path_style (not set) (default)',
    's3.bucket_name b (--bucket)',
    's3.prefix (not set) (default)',
    's3.storage_class (not set) (default)',
    's3.server_side_encryption (not set) (default)',
    's3.kms_key_id (not set) (default)',
    's3.sse_customer_key (not set) (default)',
    's3.sse_customer_key_file (not set) (default)',
    's3.acl (not set) (default)',
    's3.cache_control (not set) (default)',
    's3.object_lock_mode (not set) (default)',
    's3.object_lock_retention (not set) (default)',
    's3.object_lock_legal_hold (not set) (default)',
    's3.checksum auto (default)',
    's3.tags a=1, b=2 (c)',
    's3.metadata (not set) (default)',
    's3.requester_pays (not set) (default)',
    'backup.source_directory (not set) (default)',
    'backup.file_extensions * (default)',
    'backup.include_patterns (none) (default)',
    'backup.exclude_patterns a, b (c)',
    'backup.min_age 90m (c)',
    'backup.compare (not set) (default)',
    'backup.delete_after_upload false (default)',
    'backup.remove_empty_directories true (default)',
    'safety.overwrite (not set) (default)',
    'safety.verify auto (default)',
    'safety.require_proof true (default)',
    'safety.on_change retry (default)',
    'safety.links skip (default)',
    'safety.one_file_system false (default)',
    'safety.delete_hard_links false (default)',
    'safety.delete_open_files false (default)',
    'safety.key_folding none (default)',
    'safety.wait 0s (default)',
    'transfer.concurrency (not set) (default)',
    'transfer.bwlimit (not set) (default)',
    'transfer.part_size 10MiB (environment backup_transfer__part_size)',
    'transfer.memory 128MiB (default)',
    'transfer.whole_md5 true (default)',
    'transfer.resume (not set) (default)',
    'transfer.transport auto (default)',
    'transfer.sign_payload false (default)',
    'transfer.processes 1 (default)',
    'transfer.max_attempts 5 (default)',
    'transfer.max_outage 15m (default)',
    'logging.level INFO (default)',
    'logging.log_file (not set) (default)',
    'logging.max_log_size_mb 10 (default)',
    'logging.backup_count 5 (default)',
    'report.output_json (not set) (default)',
    'report.md5sums (not set) (default)',
    'report.manifest false (default)',
  ]);
});
