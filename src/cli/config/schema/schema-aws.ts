import * as v from 'valibot';
import { FormError } from '../parse/form-error.ts';
import { credentialFileEntries } from './schema-credential-files.ts';
import { info } from './setting-info.ts';
import { boolean, readWith, text } from './value-types.ts';

const KEY = /^[\x21-\x7e]{1,512}$/;
/** Pattern of a session token. STS documents no maximum length; 4,096 bytes is the longest seen, and a header must hold it. */
const TOKEN = /^[\x21-\x7e]{1,8192}$/;

/** Settings about the endpoint and the credentials. Without keys and profile the SDK looks up credentials itself. */
export const awsSchema = v.strictObject({
  access_key_id: v.pipe(
    v.optional(text(KEY, 'an access key id, without spaces')),
    info({
      kind: 'secret',
      about:
        'Access key. Without it the usual places are tried: profile, SSO, role.\n' +
        'The key, its secret and its token must all come from one place.',
      allowed: 'text',
      example: 'AKIAIOSFODNN7EXAMPLE',
    }),
  ),
  secret_access_key: v.pipe(
    v.optional(text(KEY, 'a secret access key, without spaces')),
    info({
      kind: 'secret',
      about: 'The secret of the access key.',
      allowed: 'text',
      example: 'the-secret-key',
    }),
  ),
  session_token: v.pipe(
    v.optional(text(TOKEN, 'a session token, without spaces')),
    info({
      kind: 'secret',
      about: 'Only for temporary access keys.',
      allowed: 'text',
      example: 'the-session-token',
    }),
  ),
  ...credentialFileEntries,
  region: v.pipe(
    v.optional(text(/^[A-Za-z0-9_-]{1,64}$/, 'a region such as eu-central-1')),
    info({
      kind: 'text',
      about: 'Region of the bucket.',
      allowed: 'text',
      example: 'us-east-1',
      flag: { name: '--region', about: 'region of the bucket' },
    }),
  ),
  profile: v.pipe(
    v.optional(text(/^[^\p{Cc}]{1,256}$/u, 'the name of a profile')),
    info({
      kind: 'text',
      about: 'Profile in the AWS configuration (~/.aws/config, ~/.aws/credentials).',
      allowed: 'text',
      example: 'backup',
      flag: { name: '--profile', value: 'NAME', about: 'a profile of ~/.aws/config' },
    }),
  ),
  endpoint_url: v.pipe(
    v.optional(readWith(endpoint)),
    info({
      kind: 'text',
      about: 'Address of an S3-compatible service. Not needed for AWS.',
      allowed: 'http:// or https:// URL, without user, password and query',
      example: 'https://s3.example.com',
      flag: { name: '--endpoint-url', value: 'URL', about: 'an S3-compatible store instead of AWS' },
    }),
  ),
  ca_bundle: v.pipe(
    v.optional(text(/^[^\0]+$/, 'a path')),
    info({
      kind: 'path',
      about: 'Certificates to trust beside those that Node.js trusts, for an endpoint with a CA of its own.',
      allowed: 'path of a PEM file; relative to the current folder; ~/ is the home folder',
      example: '/etc/ssl/private-ca.pem',
    }),
  ),
  force_path_style: v.pipe(
    v.optional(boolean()),
    info({
      kind: 'boolean',
      about: 'Address the bucket as https://host/bucket, as most services other than AWS want it.',
      allowed: 'true or false',
      example: true,
    }),
  ),
});

function endpoint(value: unknown): string {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  const plain = url && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (!plain || !['http:', 'https:'].includes(url.protocol)) {
    throw new FormError('an http:// or https:// URL without user, password, query and fragment');
  }
  return String(value);
}
