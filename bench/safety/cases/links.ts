import { linkSync, mkdirSync, readdirSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { SafetyCase } from '../case.ts';

/** One request for every tool, and many turns of the endpoint's event loop. */
const SIZE = 4 * 1024 * 1024;

export const LINKS: readonly SafetyCase[] = [
  {
    id: 'link-to-folder',
    title: 'symbolic link to a folder outside the source',
    prepare(arena) {
      arena.add('a.txt');
      arena.addOutside('photos/1.jpg');
      symlinkSync(join(arena.outside, 'photos'), arena.pathOf('photos'));
    },
  },
  {
    id: 'link-to-file',
    title: 'symbolic link to a file outside the source',
    prepare(arena) {
      arena.add('a.txt');
      symlinkSync(arena.addOutside('real.txt'), arena.pathOf('linked.txt'));
    },
  },
  {
    id: 'hard-link',
    title: 'hard link to a file outside the source',
    prepare(arena) {
      arena.add('a.txt');
      linkSync(arena.addOutside('shared.txt'), arena.pathOf('shared.txt'));
    },
    look: (arena) => (readdirSync(arena.source).includes('shared.txt') ? undefined : 'kept, name removed'),
  },
  {
    id: 'swapped-folder',
    title: 'folder swapped for a link to another one while its file is sent',
    prepare(arena) {
      arena.add('a.txt');
      arena.add('folder/same-name.txt', Buffer.alloc(SIZE, 'the file inside '));
      mkdirSync(join(arena.outside, 'other'));
      arena.addOutside('other/same-name.txt', 'the file outside\n');
      const swap = () => {
        renameSync(arena.pathOf('folder'), arena.pathOf('moved-away'));
        symlinkSync(join(arena.outside, 'other'), arena.pathOf('folder'));
      };
      arena.disturb.whileSending('folder/same-name.txt', swap, SIZE / 2);
    },
  },
];
