import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { S3Client } from '@aws-sdk/client-s3';
import { TEST_BUCKET } from './s3-server.ts';
import { NODE_FLAGS, sourceFile } from './sources.ts';
import { useFolder } from './tree.ts';

export interface ServerProcess {
  readonly endpointUrl: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly client: S3Client;
}

/** The embedded endpoint in a process of its own: for what waits for it while this process stands still, as a mount does. */
export async function useServerProcess(t: TestContext): Promise<ServerProcess> {
  const credentials = { accessKeyId: 'KEY', secretAccessKey: 'SECRET' };
  const keys = ['--access-key', credentials.accessKeyId, '--secret-key', credentials.secretAccessKey];
  const options = ['--port', '0', '--dir', join(useFolder(t), 'store'), '--bucket', TEST_BUCKET, ...keys];
  const child = spawn(process.execPath, [...NODE_FLAGS, sourceFile('s3-server/main.ts'), ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill());
  const [line] = await once(child.stdout, 'data');
  const [, endpointUrl = ''] = /(http:\/\/127\.0\.0\.1:\d+)/.exec(String(line)) ?? [];
  const region = 'us-east-1';
  const client = new S3Client({ endpoint: endpointUrl, region, credentials, forcePathStyle: true });
  t.after(() => client.destroy());
  return { endpointUrl, region, credentials, client };
}
