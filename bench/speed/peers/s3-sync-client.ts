import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Client } from '../client.ts';
import { awsEnvironment, TARGET } from './surroundings.ts';

/** A library; the script is what its README shows. Not of ours to install: it runs where it is in node_modules. */
const S3_SYNC_SCRIPT = `
import { S3Client } from '@aws-sdk/client-s3';
import { S3SyncClient } from 's3-sync-client';
const [source, endpoint, target] = process.argv.slice(2);
const { sync } = new S3SyncClient({ client: new S3Client({ endpoint, forcePathStyle: true }) });
await sync(source, target);
`;

export const s3SyncClient: Client = {
  id: 's3-sync-client',
  title: 's3-sync-client',
  isOurs: false,
  task: 'copy',
  version: [process.execPath, '-p', "require('s3-sync-client/package.json').version"],
  shown: 's3-sync-client: sync(source, target)',
  command: (place) => {
    const require = createRequire(import.meta.url);
    // Its imports are found from where the script is, which is not the repository.
    const script = S3_SYNC_SCRIPT.replaceAll(/'(@aws-sdk\/client-s3|s3-sync-client)'/g, (_, name) =>
      JSON.stringify(pathToFileURL(require.resolve(name)).href),
    );
    const file = join(place.home, 's3-sync.mjs');
    writeFileSync(file, script);
    const { certificate } = place;
    const trust = certificate === undefined ? {} : { NODE_EXTRA_CA_CERTS: certificate };
    return {
      file: process.execPath,
      args: [file, place.folder, place.endpoint, TARGET],
      env: { ...awsEnvironment(place), ...trust },
    };
  },
};
