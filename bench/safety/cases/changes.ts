import {
  closeSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Arena } from '../arena.ts';
import type { SafetyCase } from '../case.ts';

const MIB = 1024 * 1024;
/** Takes many turns of the endpoint's event loop to arrive, and is one request for every tool. */
const SMALL = 4 * MIB;
/** Above what aws, s3cmd and we send in parts; rclone does so above 200 MiB only. */
const LARGE = 48 * MIB;
const WITH_OTHERS = ['a.txt', 'z.txt'];

/** A few files, and among them the one that something happens to. */
function tree(arena: Arena, name: string, content?: string | Buffer): void {
  for (const other of WITH_OTHERS) arena.add(other);
  arena.add(name, content);
}

/** When half of a file has arrived. */
function halfway(arena: Arena, name: string, size: number, act: () => unknown): void {
  arena.disturb.whileSending(name, () => void act(), size / 2);
}

/** Overwrites the beginning of a file, without making it another file. `false`: it is gone. */
function overwrite(arena: Arena, name: string, content: string): undefined | false {
  let fd: number;
  try {
    fd = openSync(arena.pathOf(name), 'r+');
  } catch {
    return false;
  }
  writeSync(fd, Buffer.from(content), 0, Buffer.byteLength(content), 0);
  arena.changed(name, readFileSync(fd));
  closeSync(fd);
  return undefined;
}

export const CHANGES: readonly SafetyCase[] = [
  {
    id: 'append-after-listing',
    title: 'appended to after the listing, before it is read',
    prepare(arena) {
      arena.addMany(200, (index) => `file-${String(index).padStart(3, '0')}.txt`);
      arena.add('zz-last.log');
      const act = arena.disturb.once('after the listing', async () => {
        // By now every tool has walked 200 files; none has got so far as to read the last.
        await sleep(400);
        arena.append('zz-last.log', 'appended\n');
      });
      const times = Number.POSITIVE_INFINITY;
      arena.server.faults.plan({ operation: 'PutObject', times, do: { kind: 'call', run: act } });
    },
  },
  {
    id: 'append',
    title: 'appended to while it is sent',
    prepare(arena) {
      tree(arena, 'growing.log', Buffer.alloc(SMALL, 'line\n'));
      halfway(arena, 'growing.log', SMALL, () => arena.append('growing.log', 'appended\n'));
    },
  },
  {
    id: 'truncate',
    title: 'truncated and written anew while it is sent',
    prepare(arena) {
      tree(arena, 'rotated.log', Buffer.alloc(SMALL, 'old line\n'));
      halfway(arena, 'rotated.log', SMALL, () => {
        truncateSync(arena.pathOf('rotated.log'), 0);
        arena.append('rotated.log', 'new line\n');
      });
    },
  },
  {
    id: 'overwrite',
    title: 'overwritten in place with as many bytes while it is sent',
    prepare(arena) {
      tree(arena, 'database.bin', Buffer.alloc(SMALL, 'AAAA '));
      halfway(arena, 'database.bin', SMALL, () => {
        overwrite(arena, 'database.bin', 'BBBB');
      });
    },
  },
  {
    id: 'overwrite-same-mtime',
    title: 'the same, and its mtime set back (`utimes`)',
    prepare(arena) {
      tree(arena, 'database.bin', Buffer.alloc(SMALL, 'AAAA '));
      halfway(arena, 'database.bin', SMALL, () => {
        const path = arena.pathOf('database.bin');
        const { atime, mtime } = statSync(path);
        overwrite(arena, 'database.bin', 'BBBB');
        utimesSync(path, atime, mtime);
      });
    },
  },
  {
    id: 'overwrite-after',
    title: 'overwritten in place just after it was stored',
    prepare(arena) {
      tree(arena, 'database.bin', Buffer.alloc(SMALL, 'AAAA '));
      // Who does not look again may have deleted it by now.
      arena.disturb.afterStored('database.bin', () => overwrite(arena, 'database.bin', 'BBBB'));
    },
  },
  {
    id: 'replace-large',
    title: 'replaced by a rename in the middle of a large upload',
    prepare(arena) {
      tree(arena, 'large.bin', Buffer.alloc(LARGE, 'old '));
      writeFileSync(`${arena.outside}/next`, Buffer.alloc(LARGE, 'new '));
      const replace = () => {
        renameSync(`${arena.outside}/next`, arena.pathOf('large.bin'));
        arena.changed('large.bin');
      };
      halfway(arena, 'large.bin', LARGE, replace);
    },
  },
  {
    id: 'edit-sent-part',
    title: 'edited at its beginning when half of a large file is sent',
    prepare(arena) {
      tree(arena, 'large.bin', Buffer.alloc(LARGE, 'old '));
      halfway(arena, 'large.bin', LARGE, () => overwrite(arena, 'large.bin', 'edited'));
    },
  },
  {
    id: 'recreate',
    title: 'deleted and created anew while it is sent',
    prepare(arena) {
      tree(arena, 'again.txt', Buffer.alloc(SMALL, 'again '));
      halfway(arena, 'again.txt', SMALL, () => {
        unlinkSync(arena.pathOf('again.txt'));
        writeFileSync(arena.pathOf('again.txt'), 'another file of the same name\n');
        arena.changed('again.txt');
      });
    },
  },
  {
    id: 'open-writer',
    title: 'held open by a process that writes its last line after the run',
    prepare(arena) {
      const name = 'service.log';
      tree(arena, name, 'first line\n');
      const fd = openSync(arena.pathOf(name), 'a');
      arena.atEnd(() => {
        // Whatever has become of its name: the process knows only what it has open.
        writeSync(fd, 'last line\n');
        arena.changed(name, 'first line\nlast line\n');
        closeSync(fd);
      });
    },
  },
  {
    id: 'same-size-and-time',
    title: 'other content, but size and time of the object that is there',
    async prepare(arena) {
      tree(arena, 'record.bin', 'the new record\n');
      const seconds = 1_700_000_000;
      utimesSync(arena.pathOf('record.bin'), seconds, seconds);
      // Under the name that rclone keeps it under, as if rclone had copied the file before.
      await arena.addObject('record.bin', 'the old record\n', { mtime: `${seconds}` }, false);
    },
  },
];
