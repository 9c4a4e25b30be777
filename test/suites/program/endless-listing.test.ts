import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { useWorkplace } from '../../support/cli-context.ts';
import { start, useProgram } from '../../support/program.ts';
import { answer, useAnswers } from '../../support/raw-server.ts';

const program = useProgram();
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' };

/** A store whose every listing always leads on: each page is another one, and none is the last. */
async function useEndlessStore(t: TestContext, pageOf: (query: URLSearchParams, page: number) => string) {
  const listings = { pages: 0 };
  const server = await useAnswers(t, ({ line }) => {
    const query = new URLSearchParams(line.split(' ')[1]?.split('?')[1]);
    listings.pages += 1;
    return answer(200, pageOf(query, listings.pages));
  });
  return { listings, endpoint: `http://127.0.0.1:${server.port}` };
}

function endlessPage(query: URLSearchParams, page: number): string {
  const more = '<Name>bucket</Name><Bucket>bucket</Bucket><IsTruncated>true</IsTruncated>';
  if (query.has('versions')) {
    const markers = `<NextKeyMarker>k</NextKeyMarker><NextVersionIdMarker>v${page}</NextVersionIdMarker>`;
    const time = '<LastModified>2026-01-01T00:00:00.000Z</LastModified>';
    const version = `<Version><Key>k</Key><VersionId>v${page}</VersionId>${time}<Size>1</Size></Version>`;
    return `<ListVersionsResult>${more}${markers}${version}</ListVersionsResult>`;
  }
  if (query.has('uploads')) {
    const upload = `<Upload><Key>k</Key><UploadId>u${page}</UploadId></Upload>`;
    return `<ListMultipartUploadsResult>${more}${upload}</ListMultipartUploadsResult>`;
  }
  const token = `<NextContinuationToken>t${page}</NextContinuationToken>`;
  return `<ListBucketResult>${more}${token}</ListBucketResult>`;
}

const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  ls: ['ls'],
  runs: ['runs'],
  cleanup: ['cleanup', '--older-than', '0s'],
  verify: ['verify', '--source', 'source'],
  'verify --run': ['verify', '--run', 'latest'],
  restore: ['restore', '--to', 'back'],
  'restore --run': ['restore', '--to', 'back', '--run', 'latest'],
  'restore --version-at': ['restore', '--to', 'back', '--version-at', '2026-11-24'],
};

async function useCommand(
  t: TestContext,
  argv: readonly string[],
  pageOf: (query: URLSearchParams, page: number) => string,
) {
  const { listings, endpoint } = await useEndlessStore(t, pageOf);
  const workplace = useWorkplace(t, { 'a.txt': 'a' });
  const words = [...argv, '--endpoint-url', endpoint, '--bucket', 'bucket'];
  return { listings, ...start([process.execPath, program.bin, ...words], { workplace, env: CREDENTIALS }) };
}

// Some of them have the five seconds of what is in flight.
describe('a listing without an end', { concurrency: 4, timeout: 600_000 }, () => {
  for (const [command, argv] of Object.entries(COMMANDS)) {
    it(`${command} ends soon after SIGTERM`, async (t) => {
      const { listings, child, ended } = await useCommand(t, argv, endlessPage);
      while (listings.pages < 20) await sleep(5);
      child.kill('SIGTERM');
      const { code, signal, stderr } = await ended;
      assert.ok(signal === 'SIGTERM' || code === 143 || code === 1, `${code} ${signal} ${stderr}`);
    });

    it(`${command} ends by itself where the pages go round in a circle`, async (t) => {
      const inTurns = (query: URLSearchParams, page: number) => endlessPage(query, page % 2);
      const { code, stdout, stderr } = await (await useCommand(t, argv, inTurns)).ended;
      assert.equal(code, 1, stdout + stderr);
      assert.match(stderr, /ListingStuck/);
    });
  }
});
