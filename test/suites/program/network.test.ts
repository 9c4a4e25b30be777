import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { useCertificate } from '../../support/certificate.ts';
import { type CliInput, runCli, serverEnvironment, useWorkplace } from '../../support/cli-context.ts';
import { start, useProgram } from '../../support/program.ts';
import { type ProxyOptions, useProxy } from '../../support/proxy.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { useTlsBefore } from '../../support/secure-s3.ts';

const program = useProgram();
const SECRET = 'the-proxys-password';

/** A server behind TLS and a proxy, a folder with a file, and what the program needs to know of them. */
async function useScene(t: TestContext, options: ProxyOptions = {}) {
  const server = await useS3Server(t);
  const certificate = useCertificate(t, 'IP:127.0.0.1');
  const endpoint = await useTlsBefore(t, server, certificate);
  const proxy = await useProxy(t, options);
  const workplace = useWorkplace(t, { 'a.txt': 'a', 'large.bin': Buffer.alloc(9 * 1024 * 1024, 'x') });
  const env = {
    ...serverEnvironment(server),
    AWS_ENDPOINT_URL: endpoint,
    AWS_CA_BUNDLE: certificate.file,
    backup_backup__source_directory: 'source',
  };
  const run = (argv: readonly string[], more: CliInput['env'] = {}) =>
    runCli(workplace, argv, { env: { ...env, ...more } });
  const HTTPS_PROXY = `http://user:${SECRET}@${proxy.address}`;
  return { server, endpoint, proxy, workplace, env, run, HTTPS_PROXY };
}

describe('the network of a run', () => {
  for (const argv of [[], ['--processes', '2']]) {
    it(`goes through the proxy of the environment (${argv.join(' ') || 'one process'})`, async (t) => {
      const scene = await useScene(t, { credentials: `user:${SECRET}` });
      const { workplace, server, proxy, endpoint, HTTPS_PROXY } = scene;
      const files = ['--output-json', 'report.json', '--log-file', 'backup.log', '--log-level', 'DEBUG'];
      const { ended } = start([process.execPath, program.bin, ...argv, ...files], {
        workplace,
        env: { ...scene.env, HTTPS_PROXY },
      });
      const { code, stdout, stderr } = await ended;
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^2 of 2 files verified/);
      assert.deepEqual([...new Set(proxy.asked)], [`CONNECT ${new URL(endpoint).host}`]);
      assert.equal(server.requests.of('CompleteMultipartUpload').length, 1);
      const written = [stdout, stderr, workplace.read('report.json'), workplace.read('backup.log')].join(
        '\n',
      );
      assert.ok(!written.includes(SECRET));
    });
  }

  it('goes straight to what NO_PROXY names', async (t) => {
    const { run, proxy, HTTPS_PROXY } = await useScene(t);
    const { code } = await run([], { https_proxy: HTTPS_PROXY, NO_PROXY: 'example.com,127.0.0.1' });
    assert.deepEqual([code, proxy.asked], [0, []]);
  });

  it('ends before anything is touched when the proxy wants other credentials', async (t) => {
    const { run, server, HTTPS_PROXY } = await useScene(t, { credentials: 'user:other' });
    const { code, stderr, stdout } = await run(['--delete-after-upload'], { HTTPS_PROXY });
    assert.equal(code, 1);
    assert.match(
      stderr,
      /the proxy answered 407 to CONNECT .*\[PROXY_REFUSED\]\n {2}Put user and password into HTTPS_PROXY/,
    );
    assert.ok(!(stderr + stdout).includes(SECRET));
    assert.equal(server.requests.length, 0);
  });

  it('ends before anything is touched when a proxy has no URL that can be used', async (t) => {
    const { run, server } = await useScene(t);
    const { code, stderr } = await run([], { HTTPS_PROXY: `socks5://user:${SECRET}@127.0.0.1:1` });
    assert.equal(code, 1);
    assert.match(
      stderr,
      /HTTPS_PROXY is set, but not to the URL of a proxy .*\[BAD_OPTION\]\n {2}Allowed are http/,
    );
    assert.ok(!stderr.includes(SECRET));
    assert.equal(server.requests.length, 0);
  });

  it('ends before anything is touched when the CA bundle is not there', async (t) => {
    const { run, server, workplace } = await useScene(t);
    const { code, stderr } = await run([], { AWS_CA_BUNDLE: 'missing.pem' });
    assert.equal(code, 1);
    assert.match(
      stderr,
      /The CA bundle ".*" cannot be read \(ENOENT.*\[BAD_OPTION\]\n {2}aws\.ca_bundle \(AWS_CA_BUNDLE\) is the path/,
    );
    assert.ok(stderr.includes(`${workplace.cwd}/missing.pem`));
    assert.equal(server.requests.length, 0);
    assert.equal((await run([])).code, 0, 'the lock was given back');
  });

  it('trusts nobody else when NODE_TLS_REJECT_UNAUTHORIZED=0 asks for it, and says so', async (t) => {
    const { workplace, env, server } = await useScene(t);
    const { AWS_CA_BUNDLE, ...others } = env;
    const insecure = { ...others, NODE_TLS_REJECT_UNAUTHORIZED: '0' };
    for (const transport of ['auto', 'sdk']) {
      const { ended } = start([process.execPath, program.bin], {
        workplace,
        env: { ...insecure, backup_transfer__transport: transport, backup_transfer__max_attempts: '1' },
      });
      const { code, stderr } = await ended;
      assert.equal(code, 1);
      assert.match(
        stderr,
        /environment NODE_TLS_REJECT_UNAUTHORIZED: is ignored, and certificates are verified/,
      );
      assert.match(stderr, /\[ENDPOINT_TLS\]\n {2}Check .* aws\.ca_bundle \(AWS_CA_BUNDLE\)/);
      assert.doesNotMatch(stderr, /makes TLS connections and HTTPS requests insecure/);
    }
    assert.equal(server.requests.length, 0);
  });

  it('is shown by status, without the password', async (t) => {
    const { run, proxy, env, HTTPS_PROXY } = await useScene(t);
    const { code, stdout, stderr } = await run(['status'], { HTTPS_PROXY });
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(
      stdout,
      new RegExp(`answers as an S3 endpoint, through the proxy http://${proxy.address}\\n`),
    );
    assert.match(stdout, new RegExp(`aws\\.ca_bundle +${env.AWS_CA_BUNDLE} +environment AWS_CA_BUNDLE\\n`));
    assert.ok(!stdout.includes(SECRET));
  });

  it('is shown by status if the endpoint cannot be reached, too', async (t) => {
    const { run } = await useScene(t);
    const { code, stdout } = await run(['status'], { HTTPS_PROXY: `http://user:${SECRET}@127.0.0.1:9` });
    assert.equal(code, 1);
    assert.match(
      stdout,
      /✗ endpoint +\S.*\[ENDPOINT_UNREACHABLE\], through the proxy http:\/\/127\.0\.0\.1:9\n/,
    );
    assert.ok(!stdout.includes(SECRET));
  });

  it('of the demo is this machine, whatever proxy there is', async (t) => {
    const { proxy, workplace, env } = await useScene(t);
    const proxied = { ...env, HTTP_PROXY: `http://${proxy.address}` };
    const { ended } = start([process.execPath, program.bin, 'demo'], { workplace, env: proxied });
    assert.deepEqual([(await ended).code, proxy.asked], [0, []]);
  });

  for (const argv of [[], ['--processes', '2']]) {
    it(`has the limit of --bwlimit (${argv.join(' ') || 'one process'})`, async (t) => {
      const server = await useS3Server(t);
      const workplace = useWorkplace(t, { one: Buffer.alloc(1024 * 1024), two: Buffer.alloc(1024 * 1024) });
      const began = performance.now();
      const all = ['--source', 'source', '--bwlimit', '2M', ...argv];
      const { code, stderr } = await runCli(workplace, all, { env: serverEnvironment(server) });
      assert.equal(code, 0, stderr);
      assert.ok(performance.now() - began > 900, '2 MiB cannot take less than a second');
    });
  }
});
