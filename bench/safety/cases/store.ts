import { crc32 } from 'node:zlib';
import type { FaultAction } from '../../../src/s3-server/index.ts';
import type { SafetyCase } from '../case.ts';

const VICTIM = 'victim.bin';
/** Enough for a connection to break in the middle of, not enough for parts. */
const SIZE = 2 * 1024 * 1024;

function struck(id: string, title: string, action: FaultAction, times = 1): SafetyCase {
  return {
    id,
    title,
    prepare(arena) {
      arena.add('a.txt');
      arena.add(VICTIM, Buffer.alloc(SIZE, `${id} `));
      arena.disturb.fault(VICTIM, action, times);
    },
  };
}

/** Ends with its own CRC-32, as firmware images do: all such contents have one CRC-32. */
function image(text: string): string {
  const sum = Buffer.alloc(4);
  // In ASCII, so that it can be said as text.
  for (let n = 0; ; n += 1) {
    const content = `${text} ${n}`.padEnd(40);
    sum.writeUInt32LE(crc32(content));
    if (sum.every((byte) => byte >= 0x20 && byte < 0x7f)) return content + sum.toString('latin1');
  }
}

export const STORE: readonly SafetyCase[] = [
  struck('wrong-etag', 'the answer carries a wrong ETag', { kind: 'wrong-etag' }),
  struck('random-etag', 'the ETag is no MD5 (as with SSE-KMS)', { kind: 'random-etag' }),
  struck('flip-byte', 'a byte is damaged in the store, the ETag stays', { kind: 'flip-byte' }),
  struck('vanish', '200, but nothing is stored', { kind: 'vanish' }),
  struck('html-200', '200 with a web page (captive portal)', { kind: 'html-200' }),
  struck('no-etag-204', '204 without an ETag, nothing stored', { kind: 'no-etag-204' }),
  struck('lost-answer', 'stored, but the answer is lost', { kind: 'lost-answer' }),
  {
    id: 'lost-completion',
    title: 'a large file is completed, but the answer is lost',
    prepare(arena) {
      arena.add('a.txt');
      arena.add('large.bin', Buffer.alloc(24 * 1024 * 1024, 'lost '));
      const operation = 'CompleteMultipartUpload';
      arena.server.faults.plan({ operation, do: { kind: 'lost-answer' } });
    },
  },
  struck('reset', 'connection reset at half of the body', { kind: 'reset', afterBytes: SIZE / 2 }),
  {
    id: 'storm',
    title: '503 SlowDown for a third of all requests',
    prepare(arena) {
      arena.addMany(20, (index) => `file-${index}.txt`);
      const action: FaultAction = { kind: 'error', status: 503, code: 'SlowDown' };
      const storm = { probability: 1 / 3, times: 30, seed: 7 };
      arena.server.faults.plan({ operation: '*', ...storm, do: action });
    },
  },
  struck(
    'outage',
    '503 for every try at one file',
    { kind: 'error', status: 503, code: 'ServiceUnavailable' },
    1000,
  ),
  {
    id: 'other-writer',
    title: 'another writer overwrites the object just after it was stored',
    prepare(arena) {
      arena.add('a.txt');
      arena.add(VICTIM, 'ours\n');
      arena.disturb.afterStored(VICTIM, () =>
        arena.bucket.put(arena.keyOf(VICTIM), Buffer.from('somebody else\n')),
      );
    },
  },
  {
    id: 'destination-differs',
    title: 'other, newer content is under the key',
    async prepare(arena) {
      arena.add('a.txt');
      arena.add(VICTIM, 'the file here\n', { mustUpload: false });
      await arena.addObject(VICTIM, 'the only copy of something else\n');
    },
  },
  {
    id: 'same-crc',
    title: 'other content with the same size and CRC-32 is under the key',
    async prepare(arena) {
      arena.add('a.txt');
      arena.add(VICTIM, image('version 2'), { mustUpload: false });
      await arena.addObject(VICTIM, image('version 1'));
    },
  },
];
