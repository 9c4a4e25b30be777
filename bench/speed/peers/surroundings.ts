import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUCKET, type Place } from '../client.ts';

export const TARGET = `s3://${BUCKET}/`;
/** Access key and secret; the sink looks at neither. */
export const KEY = 'bench';
export const REGION = 'us-east-1';

/** @param config the text of the configuration file that programs of AWS read */
export function awsEnvironment({ home, certificate }: Place, config = ''): Record<string, string> {
  const file = join(home, 'aws-config');
  writeFileSync(file, config);
  return {
    AWS_ACCESS_KEY_ID: KEY,
    AWS_SECRET_ACCESS_KEY: KEY,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: file,
    // It is not there: nobody's own settings count.
    AWS_SHARED_CREDENTIALS_FILE: join(home, 'aws-credentials'),
    ...(certificate !== undefined && { AWS_CA_BUNDLE: certificate }),
  };
}
