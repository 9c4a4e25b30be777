import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '../client.ts';
import { KEY, TARGET } from './surroundings.ts';

export const s3cmd: Client = {
  id: 's3cmd',
  title: 's3cmd put',
  isOurs: false,
  task: 'copy',
  version: ['s3cmd', '--version'],
  shown: 's3cmd put --recursive --no-progress',
  command: ({ folder, endpoint, certificate, home }) => {
    const config = join(home, 's3cmd.conf');
    const { host } = new URL(endpoint);
    // host_bucket without %(bucket)s is path style.
    const lines = [
      '[default]',
      `access_key = ${KEY}`,
      `secret_key = ${KEY}`,
      `host_base = ${host}`,
      `host_bucket = ${host}`,
      `use_https = ${certificate === undefined ? 'False' : 'True'}`,
      ...(certificate === undefined ? [] : [`ca_certs_file = ${certificate}`]),
    ];
    writeFileSync(config, `${lines.join('\n')}\n`, { mode: 0o600 });
    const args = ['-c', config, '--no-progress', 'put', '--recursive', `${folder}/`, TARGET];
    return { file: 's3cmd', args };
  },
};
