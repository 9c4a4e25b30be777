import type { SafetyCase } from '../case.ts';
import { CHANGES } from './changes.ts';
import { DELETION } from './deletion.ts';
import { LINKS } from './links.ts';
import { MOUNTS } from './mounts.ts';
import { NAMES } from './names.ts';
import { STORE } from './store.ts';

/** A good tree comes first: a tool that cannot move that cannot be compared. */
const PLAIN: SafetyCase = {
  id: 'plain',
  title: 'nothing goes wrong',
  prepare(arena) {
    arena.add('a.txt', undefined, { mustGo: true });
    arena.add('folder/b.txt', undefined, { mustGo: true });
    arena.add('folder/empty.txt', '', { mustGo: true });
    arena.add('large.bin', Buffer.alloc(24 * 1024 * 1024, 'plain '), { mustGo: true });
  },
};

export const CASES: readonly SafetyCase[] = [
  PLAIN,
  ...NAMES,
  ...CHANGES,
  ...LINKS,
  ...MOUNTS,
  ...STORE,
  ...DELETION,
];
