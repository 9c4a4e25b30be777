import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fetchNode } from '../../test/support/node-release.ts';
import type { Client } from './client.ts';
import { ourClients } from './ours.ts';
import { nodeSuffix } from './section.ts';

/**
 * Ours, run by each of these releases of Node.js. npm fetches those that are not in `folder`.
 * @throws Error when npm cannot fetch one
 */
export function clientsOnNodes(bin: string, releases: readonly string[], folder: string): Client[] {
  return releases.flatMap((release) => {
    const known = join(folder, release, 'package/bin/node');
    const node = existsSync(known) ? known : fetchNode(release, folder);
    const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim();
    return ourClients({ bin, node, idSuffix: nodeSuffix(release), titleSuffix: `, Node.js ${version}` });
  });
}
