import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { commandLine } from '../command-line.ts';
import { Connection } from '../speed/sink/connection.ts';
import { Md5Memory } from '../speed/sink/md5-memory.ts';
import { GeneratedService } from './generated-service.ts';
import { GeneratedTree, type Shape } from './generated-tree.ts';

const { values } = commandLine({
  usage: 'npx tsx bench/scale/generated-store.ts [options]',
  about:
    'The sink of the speed bench, with listings of a tree that is generated, not stored; bench/scale/shard.ts starts it itself. The first line on stdout is its address. Forked, it ends with its parent.',
  time: 'it runs until it is ended.',
  options: {
    files: { type: 'string', default: '1000000000', value: 'N', help: 'files of the tree' },
    shape: { type: 'string', default: 'mixed', value: 'mixed|flat', help: 'many folders, or a single one' },
  },
});
const service = new GeneratedService(new GeneratedTree(Number(values.files), values.shape as Shape));
const around = { memory: new Md5Memory(), service, latencyMs: 0, keepsContents: true };
const server = createServer({ noDelay: true }, (socket) => new Connection(socket, around));
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
process.once('disconnect', () => process.exit(0));
