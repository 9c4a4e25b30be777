import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Arena } from '../arena.ts';
import type { SafetyCase } from '../case.ts';

/** So that nothing in the folder can be deleted: for root by an attribute, for others by its mode. */
function protect(arena: Arena, folder: string): string | undefined {
  if (process.getuid?.() !== 0) {
    chmodSync(folder, 0o555);
    arena.atEnd(() => chmodSync(folder, 0o755));
    return undefined;
  }
  if (spawnSync('chattr', ['+i', folder]).status !== 0) return 'root, and no chattr +i here';
  arena.atEnd(() => spawnSync('chattr', ['-i', folder]));
  return undefined;
}

export const DELETION: readonly SafetyCase[] = [
  {
    id: 'excluded',
    title: 'excluded file',
    exclude: '*.keep',
    prepare(arena) {
      arena.add('a.txt');
      arena.add('folder/b.txt');
      arena.add('folder/c.keep', 'stays here\n', { mustUpload: false });
    },
    look: (arena) => (existsSync(arena.pathOf('folder/c.keep')) ? undefined : 'kept, but moved'),
  },
  {
    id: 'folders',
    title: 'emptied folders, and one that was empty before',
    prepare(arena) {
      arena.add('full/deep/a.txt');
      mkdirSync(arena.pathOf('was-empty'));
    },
    look(arena) {
      const words = [
        existsSync(arena.pathOf('full')) ? 'emptied ones left' : '',
        existsSync(arena.pathOf('was-empty')) ? '' : 'the empty one removed, too',
        existsSync(arena.source) ? '' : 'the source folder itself removed',
      ].filter((word) => word !== '');
      return words.length === 0 ? 'kept, tidy' : words.join('; ');
    },
  },
  {
    id: 'delete-fails',
    title: 'the local delete fails',
    prepare(arena) {
      arena.add('a.txt');
      arena.add('locked/b.txt', 'cannot be deleted\n', { mustGo: true });
      return protect(arena, arena.pathOf('locked'));
    },
  },
  {
    id: 'kill',
    title: 'SIGKILL in the middle, then a second run',
    runs: 2,
    prepare(arena) {
      arena.addMany(12, (index) => `file-${index}.txt`);
      arena.add('large.bin', Buffer.alloc(24 * 1024 * 1024, 'kill '));
      const kill = arena.disturb.once('in the middle', async () => {
        // So that some files are deleted by now.
        await sleep(100);
        arena.kill();
      });
      arena.server.faults.plan({ operation: 'PutObject', skip: 7, do: { kind: 'call', run: kill } });
    },
  },
];
