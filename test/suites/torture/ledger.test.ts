import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Report } from '../../../src/index.ts';
import { contentOf } from '../../support/findings.ts';
import { type Place, usePlace } from '../../support/place.ts';
import { untruths } from '../../support/report-truth.ts';

/** Programs that lie or lose, and what the ledger must say of each: a judge that never condemns proves nothing. */
interface FakeProgram {
  readonly name: string;
  /** What it does after an honest run has copied (and kept) both files. */
  readonly crime: (place: Place, report: Report) => Promise<Report | undefined> | Report | undefined;
  readonly verdict: RegExp;
}

const edited = (report: Report, path: string, change: object): Report => ({
  ...report,
  files: report.files.map((file) => (file.path === path ? { ...file, ...change } : file)),
});

const CRIMES: readonly FakeProgram[] = [
  {
    name: 'deletes a file that changed after it was uploaded',
    crime: (place) => {
      appendFileSync(place.path('sub/b'), 'more');
      place.note('sub/b');
      rmSync(place.path('sub/b'));
      return undefined;
    },
    verdict: /^lost: "sub\/b" is neither here nor in S3$/,
  },
  {
    name: 'deletes a file and stores another content',
    crime: async (place) => {
      await place.store('a', 'not it');
      rmSync(place.path('a'));
      return undefined;
    },
    verdict: /^lost: "a" is neither here nor in S3$/,
  },
  {
    name: 'stores a mixture of two contents',
    crime: async (place) => {
      await place.store('a', 'a mixture');
      place.ledger.release('moved/a');
      return undefined;
    },
    verdict: /^the object is no content that the file ever had: "moved\/a"$/,
  },
  {
    name: "overwrites somebody else's object",
    crime: async (place) => {
      await place.store('other', 'ours');
      place.ledger.noteObject('moved/other', contentOf(Buffer.from('theirs')));
      return undefined;
    },
    verdict: /somebody else's object is gone: "moved\/other"$/,
  },
  {
    name: 'deletes what a link points to',
    crime: (place) => {
      rmSync(join(place.outside, 'theirs'));
      return undefined;
    },
    verdict: /^a file outside the source is gone: "theirs"$/,
  },
  {
    name: 'says deleted of a file that is still there',
    crime: (_place, report) => edited(report, 'a', { fate: 'deleted' }),
    verdict: /"a" \(deleted\): it is still here/,
  },
  {
    name: 'says kept of a file that is gone',
    crime: (place) => {
      rmSync(place.path('a'));
      return undefined;
    },
    verdict: /"a" \(kept\): it is not here/,
  },
  {
    name: 'claims a proof for what is not in the bucket',
    crime: (_place, report) => edited(report, 'a', { md5: 'd41d8cd98f00b204e9800998ecf8427e' }),
    verdict: /"a" \(kept\): what is under its key is not what was proved/,
  },
  {
    name: 'says nothing of a file',
    crime: (_place, report) => ({ ...report, files: report.files.filter(({ path }) => path !== 'a') }),
    verdict: /the report does not mention "a"/,
  },
  {
    name: 'counts one file too many',
    crime: (_place, report) => ({ ...report, counts: { ...report.counts, kept: 3 } }),
    verdict: /counts.kept is 3, counted 2/,
  },
  {
    name: 'ends with 0 although a file failed',
    crime: (_place, report) => ({
      ...edited(report, 'a', { fate: 'failed', code: 'UPLOAD_FAILED', proof: null }),
      counts: { ...report.counts, kept: 1, failed: 1 },
    }),
    verdict: /exit_code is 0, counted 2/,
  },
  {
    name: 'leaves a file in a claim folder and says nothing',
    crime: (place) => {
      mkdirSync(place.path('.s3-backup-claim-1'));
      renameSync(place.path('a'), place.path('.s3-backup-claim-1/a'));
      return undefined;
    },
    verdict: /files are left in claim folders/,
  },
];

for (const { name, crime, verdict } of CRIMES) {
  test(`the ledger condemns a program that ${name}`, async (t) => {
    const place = await usePlace(t, { a: 'first', 'sub/b': 'second' });
    place.addOutside({ theirs: 'not ours to delete' });
    const honest = await place.move({ deleteAfterUpload: false });
    await place.judge(honest, { a: 'kept', 'sub/b': 'kept' });

    const told = (await crime(place, honest)) ?? honest;
    const found = await place.look();
    const problems = [...place.ledger.losses(found), ...untruths(told, place.ledger, found)];
    assert.ok(
      problems.some((problem) => verdict.test(problem)),
      `${verdict} is not among ${JSON.stringify(problems)}`,
    );
  });
}

test('a planned fault that never fired fails its test', async (t) => {
  const place = await usePlace(t, { a: 'first' });
  place.fault('DeleteObject', { kind: 'html-200' });
  const report = await place.move();
  await assert.rejects(place.judge(report), /planned faults never fired: html-200 at DeleteObject/);
  place.server.faults.clear();
});

test('the ledger acquits an honest move, and a file that others have removed is owed by nobody', async (t) => {
  const place = await usePlace(t, { a: 'first', gone: 'second' });
  rmSync(place.path('gone'));
  place.forget('gone');
  writeFileSync(place.path('new'), 'third');
  place.note('new');
  await place.judge(await place.move(), { a: 'deleted', new: 'deleted' });
});
