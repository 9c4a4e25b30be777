import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { STORE_KINDS } from '../../../src/cli/wizard/store-kinds.ts';
import type { S3Server } from '../../../src/s3-server/index.ts';
import { type AtTerminal, atTerminal, KEYS, LACKS_TERMINAL } from '../../support/at-terminal.ts';
import { useWorkplace, type Workplace } from '../../support/cli-context.ts';
import { start, useProgram } from '../../support/program.ts';
import { TEST_BUCKET, useS3Server } from '../../support/s3-server.ts';
import { keysOf, loadedIn } from '../../support/wizard.ts';

const program = useProgram();
const ESCAPE = '\u001b';
const TO_OTHER_STORE = KEYS.down.repeat(STORE_KINDS.findIndex(({ id }) => id === 'other'));

interface Setup {
  readonly env?: NodeJS.ProcessEnv;
  readonly columns?: number;
  readonly before?: (around: { workplace: Workplace; server: S3Server }) => void;
  /** Whether the environment has no keys. Default false. */
  readonly keyless?: boolean;
}

interface Running extends AtTerminal {
  readonly server: S3Server;
  readonly workplace: Workplace;
  /** Waits for a question, and answers it by keys. */
  answer(question: RegExp, keys: string): Promise<void>;
}

async function wizard(t: TestContext, { env, columns, before, keyless }: Setup = {}): Promise<Running> {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, { 'a.txt': 'a', 'deep/b.txt': 'bb' });
  before?.({ workplace, server });
  const terminal = atTerminal(t, [process.execPath, program.bin, 'init', '--wizard'], {
    workplace,
    env: { ...(keyless ? {} : keysOf(server)), ...env },
    columns,
  });
  const answer = async (question: RegExp, keys: string) => {
    await terminal.seen(question);
    terminal.type(keys);
  };
  return { ...terminal, server, workplace, answer };
}

/** Matches a question that waits for its answer. */
function asking(question: string): RegExp {
  return new RegExp(`◆\\S*\\s+${question}`);
}

/** Answers all questions up to the bucket. */
async function upToBucket({ answer, server }: Running): Promise<void> {
  await answer(asking('Which folder'), `source${KEYS.enter}`);
  await answer(asking('Which store'), `${TO_OTHER_STORE}${KEYS.enter}`);
  await answer(asking('Address of its endpoint'), `${server.endpoint}${KEYS.enter}`);
}

/** Answers all questions from the bucket on with what is offered first. */
async function fromBucket({ answer }: Running): Promise<void> {
  await answer(asking('Which bucket'), KEYS.enter);
  await answer(asking('Prefix of all keys'), `office${KEYS.enter}`);
  await answer(asking('Are files copied'), KEYS.enter);
  await answer(asking('Write '), KEYS.enter);
}

describe('init --wizard at a terminal', { skip: LACKS_TERMINAL, concurrency: 2, timeout: 500_000 }, () => {
  for (const columns of [80, 40]) {
    it(`is answered by keys at ${columns} columns, a wrong answer first, and its backup runs`, async (t) => {
      const run = await wizard(t, { columns });
      await run.answer(asking('Which folder'), `nope${KEYS.enter}`);
      await run.seen(/SOURCE_NOT_FOUND/);
      await run.answer(asking('Which folder'), `${'\u007f'.repeat(4)}source${KEYS.enter}`);
      await run.answer(asking('Which store'), `${TO_OTHER_STORE}${KEYS.enter}`);
      await run.answer(asking('Address of its endpoint'), `${run.server.endpoint}${KEYS.enter}`);
      await fromBucket(run);
      assert.equal(await run.ended, 0, run.output());
      const { s3, backup } = loadedIn(run.workplace).settings;
      assert.deepEqual(
        [s3.bucket_name, s3.prefix, backup.source_directory],
        [TEST_BUCKET, 'office', run.workplace.source],
      );
      const { workplace, server } = run;
      const next = [process.execPath, program.bin, '--html', 'page.html'];
      const { code, stderr } = await start(next, { workplace, env: keysOf(server) }).ended;
      assert.equal(code, 0, stderr);
      assert.match(workplace.read('page.html'), /<html/);
      const stored = server.requests.of('PutObject').map(({ key }) => key);
      assert.ok(stored.includes('office/deep/b.txt'), String(stored));
    });
  }

  it('says what is wrong with an answer in the colour of text, broken at words behind the bar', async (t) => {
    const run = await wizard(t, { columns: 50 });
    await run.answer(asking('Which folder'), `source${KEYS.enter}`);
    await run.answer(asking('Which store'), `${TO_OTHER_STORE}${KEYS.enter}`);
    await run.answer(asking('Address of its endpoint'), `ftp://nope${KEYS.enter}`);
    await run.seen(/fragment/);
    run.type(KEYS.interrupt);
    assert.equal(await run.ended, 130, run.output());
    // In yellow it could not be read on a light background.
    assert.ok(run.output().includes(`${ESCAPE}[0m"ftp://nope"`), run.output());
    assert.match(run.output(), /use an http:.. or\r?\n {3}https:/);
  });

  it('Ctrl-C at a question ends it with 130, writes nothing, and shows the cursor again', async (t) => {
    const run = await wizard(t);
    await upToBucket(run);
    await run.answer(asking('Which bucket'), KEYS.interrupt);
    assert.equal(await run.ended, 130);
    const output = run.output();
    assert.match(output, /Nothing was written\./);
    assert.ok(
      output.lastIndexOf(`${ESCAPE}[?25h`) > output.lastIndexOf(`${ESCAPE}[?25l`),
      JSON.stringify(output),
    );
    assert.deepEqual(run.workplace.names(), ['source']);
  });

  it('Ctrl-C while an answer is tried ends it with 130, and writes nothing', async (t) => {
    const run = await wizard(t, {
      before: ({ server }) => server.faults.plan({ operation: 'ListObjectsV2', do: { kind: 'stall' } }),
    });
    await upToBucket(run);
    await run.answer(asking('Which bucket'), KEYS.enter);
    await run.seen(/Trying the bucket/);
    run.type(KEYS.interrupt);
    assert.equal(await run.ended, 130);
    assert.deepEqual(run.workplace.names(), ['source']);
  });

  it('Ctrl-C while the test object is in the bucket removes it', async (t) => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const fault = { kind: 'call', run: () => held } as const;
    const run = await wizard(t, {
      before: ({ server }) => server.faults.plan({ operation: 'HeadObject', do: fault }),
    });
    await upToBucket(run);
    await run.answer(asking('Which bucket'), KEYS.enter);
    await run.answer(asking('Prefix of all keys'), KEYS.enter);
    await run.seen(/Trying the bucket/);
    while (run.server.requests.of('PutObject').length === 0)
      await new Promise((done) => setTimeout(done, 10));
    run.type(KEYS.interrupt);
    await run.seen(/SIGINT: removing the test object/);
    release();
    assert.equal(await run.ended, 130, run.output());
    assert.ok(run.server.requests.of('DeleteObject').length > 0);
    assert.deepEqual(run.workplace.names(), ['source']);
  });

  it('the end of the input (Ctrl-D) ends it with 1, and writes nothing', async (t) => {
    const run = await wizard(t);
    await run.answer(asking('Which folder'), KEYS.end);
    assert.equal(await run.ended, 1, run.output());
    assert.deepEqual(run.workplace.names(), ['source']);
  });

  it('without credentials it says where to put them, and looks again', async (t) => {
    const run = await wizard(t, { keyless: true });
    const { AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: secret } = keysOf(run.server);
    await upToBucket(run);
    await run.seen(/NO_CREDENTIALS[\s\S]*\.env in this folder[\s\S]*look again/);
    run.workplace.write('.env', `AWS_ACCESS_KEY_ID=${key}\nAWS_SECRET_ACCESS_KEY=${secret}\n`);
    await run.answer(/look again/, KEYS.enter);
    await fromBucket(run);
    assert.equal(await run.ended, 0, run.output());
    assert.match(run.output(), /found in \.env AWS_ACCESS_KEY_ID/);
    assert.ok(!run.workplace.read('.backuprc').includes(String(secret)));
  });

  it('of several profiles it asks which, tries it, and writes its name', async (t) => {
    const run = await wizard(t, {
      keyless: true,
      env: { AWS_SHARED_CREDENTIALS_FILE: 'aws' },
      before: ({ workplace, server }) => {
        const { AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: secret } = keysOf(server);
        const profile = (name: string, id: string) =>
          `[${name}]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`;
        workplace.write('aws', profile('old', 'UNKNOWN') + profile('office', String(key)));
      },
    });
    await upToBucket(run);
    await run.answer(/Which credentials\?[\s\S]*profile office/, KEYS.enter);
    await run.seen(/BAD_ACCESS_KEY/);
    await run.answer(/look again/, `${KEYS.down}${KEYS.enter}`);
    await fromBucket(run);
    assert.equal(await run.ended, 0, run.output());
    assert.match(run.workplace.read('.backuprc'), /^ {2}profile: office$/m);
  });

  it('NO_COLOR turns colours off', async (t) => {
    const run = await wizard(t, { env: { NO_COLOR: '1' } });
    await upToBucket(run);
    await fromBucket(run);
    assert.equal(await run.ended, 0, run.output());
    assert.doesNotMatch(run.output(), new RegExp(`${ESCAPE}\\[[\\d;]+m`));
  });

  it('a terminal that cannot move its cursor gets lines only', async (t) => {
    const run = await wizard(t, { env: { TERM: 'dumb' } });
    await run.answer(/Which folder/, `source${KEYS.enter}`);
    await run.answer(/Number \[1\] $/, `${STORE_KINDS.length}${KEYS.enter}`);
    await run.answer(/Address of its endpoint/, `${run.server.endpoint}${KEYS.enter}`);
    await run.answer(/Which bucket[\s\S]*Number \[1\] $/, KEYS.enter);
    await run.answer(/Prefix of all keys/, KEYS.enter);
    await run.answer(/copied, or moved[\s\S]*Number \[1\] $/, KEYS.enter);
    await run.answer(/Write .*\[Y\/n\] $/, KEYS.enter);
    assert.equal(await run.ended, 0, run.output());
    assert.ok(!run.output().includes(ESCAPE), JSON.stringify(run.output()));
  });
});
