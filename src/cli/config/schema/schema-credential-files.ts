import * as v from 'valibot';
import { info } from './setting-info.ts';
import { text } from './value-types.ts';

/** Settings that name a file for each of the credentials, so that no secret stands in the configuration or the environment. */
export const credentialFileEntries = {
  access_key_id_file: v.pipe(
    v.optional(text(/^[^\0]+$/, 'a path')),
    info({
      kind: 'path',
      about: 'A file that holds the access key, such as a secret that a container is given.',
      allowed: 'path of a file; its line end is left out; ~/ is the home folder',
      example: '/etc/s3-backup/access_key_id',
    }),
  ),
  secret_access_key_file: v.pipe(
    v.optional(text(/^[^\0]+$/, 'a path')),
    info({
      kind: 'path',
      about:
        'A file that holds the secret of the access key. Let no other user read it: chmod 600.\n' +
        "systemd's credentials aws_access_key_id, aws_secret_access_key and aws_session_token need no setting.",
      allowed: 'path of a file; its line end is left out; ~/ is the home folder',
      example: '/etc/s3-backup/secret_access_key',
    }),
  ),
  session_token_file: v.pipe(
    v.optional(text(/^[^\0]+$/, 'a path')),
    info({
      kind: 'path',
      about: 'A file that holds the session token.',
      allowed: 'path of a file; its line end is left out; ~/ is the home folder',
      example: '/etc/s3-backup/session_token',
    }),
  ),
} as const;
