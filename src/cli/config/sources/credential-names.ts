import type { SettingKey } from '../schema/schema.ts';

/** The settings of credentials, each with the one that names a file for it, and its name in systemd's folder of credentials. */
export const CREDENTIAL_NAMES = [
  { key: 'aws.access_key_id', file: 'aws.access_key_id_file', credential: 'aws_access_key_id' },
  { key: 'aws.secret_access_key', file: 'aws.secret_access_key_file', credential: 'aws_secret_access_key' },
  { key: 'aws.session_token', file: 'aws.session_token_file', credential: 'aws_session_token' },
] as const satisfies readonly { key: SettingKey; file: SettingKey; credential: string }[];
