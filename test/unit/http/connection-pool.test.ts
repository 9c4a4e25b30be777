import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { answer, type Peer, useAnswers, useRawServer } from '../../support/raw-server.ts';
import { runScript } from '../../support/run-script.ts';
import { get, usePool } from './requests.ts';

const OK = answer(200, 'hello');

test('opens no more connections than it may, and serves those that wait in their order', async (t) => {
  const order: string[] = [];
  let atOnce = 0;
  let most = 0;
  const server = await useRawServer(t, async (peer) => {
    for (let request = await peer.request(); request; request = await peer.request()) {
      order.push(request.line.split(' ')[1] ?? '');
      atOnce += 1;
      most = Math.max(most, atOnce);
      await sleep(5);
      atOnce -= 1;
      peer.write(answer(200, request.line));
    }
  });
  const pool = usePool(t, server.origin, { limit: 3 });
  const paths = Array.from({ length: 30 }, (_, n) => `/${n}`);
  const answers = await Promise.all(paths.map((path) => pool.request(get(path))));
  assert.deepEqual(
    answers.map(({ body }) => body.toString()),
    paths.map((path) => `GET ${path} HTTP/1.1`),
  );
  assert.deepEqual([most, server.peers.length], [3, 3]);
  const byNumber = [...order].sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
  const moved = order.map((path, at) => Math.abs(at - byNumber.indexOf(path)));
  assert.ok(Math.max(...moved) <= 3, order.join(' '));
});

test('takes the connection that was used last', async (t) => {
  const used: number[] = [];
  let slow = -1;
  let others: Promise<unknown> | undefined;
  const server = await useRawServer(t, async (peer) => {
    for (let request = await peer.request(); request; request = await peer.request()) {
      if (request.line.includes('/one')) used.push(peer.number);
      if (request.line.includes('/slow')) {
        slow = peer.number;
        await others;
      }
      peer.write(OK);
    }
  });
  const pool = usePool(t, server.origin);
  const last = pool.request(get('/slow'));
  others = Promise.all([pool.request(get('/')), pool.request(get('/'))]);
  await last;
  assert.equal(server.peers.length, 3);
  for (let round = 0; round < 3; round += 1) await pool.request(get('/one'));
  assert.deepEqual(used, [slow, slow, slow]);
});

test('a request that waits gets a new connection when none comes free', async (t) => {
  const server = await useRawServer(t, async (peer) => {
    const request = await peer.request();
    if (request?.line.includes('/lost')) peer.reset();
    else peer.write(answer(200, 'x', { connection: 'close' }));
  });
  const pool = usePool(t, server.origin, { limit: 1 });
  const paths = ['/lost', '/', '/lost', '/', '/'];
  const ends = await Promise.allSettled(paths.map((path) => pool.request(get(path))));
  assert.deepEqual(
    ends.map(({ status }) => status),
    paths.map((path) => (path === '/' ? 'fulfilled' : 'rejected')),
  );
  assert.equal(server.peers.length, 5);
});

test('if nobody listens, every request fails, and none is left waiting', async (t) => {
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const { port } = closed.address() as { port: number };
  await new Promise((resolve) => closed.close(resolve));
  const pool = usePool(t, { secure: false, host: '127.0.0.1', port }, { limit: 2 });
  const ends = await Promise.all(
    Array.from({ length: 20 }, () => pool.request(get()).catch(({ code }) => code)),
  );
  assert.deepEqual([...new Set(ends)], ['ECONNREFUSED']);
});

test('a server that ends every connection after one answer is served over and over', async (t) => {
  const server = await useRawServer(t, async (peer: Peer) => {
    await peer.request();
    peer.write(OK);
    peer.end();
  });
  const pool = usePool(t, server.origin, { limit: 2 });
  const send = async (path: string): Promise<number> => {
    for (;;) {
      try {
        return (await pool.request(get(path))).status;
      } catch (error) {
        assert.equal((error as { stale?: boolean }).stale, true, String(error));
      }
    }
  };
  const statuses = await Promise.all(Array.from({ length: 50 }, (_, n) => send(`/${n}`)));
  assert.deepEqual([...new Set(statuses)], [200]);
});

test('connections to an IPv6 address', async (t) => {
  const server = await useAnswers(t, () => OK);
  const pool = usePool(t, { ...server.origin, host: '::ffff:127.0.0.1' });
  assert.equal((await pool.request(get())).status, 200);
});

test('idle connections do not keep the process', async (t) => {
  const server = await useAnswers(t, () => OK);
  const { code, stdout, stderr } = await runScript(
    t,
    `const { ConnectionPool } = await load('http/connection-pool.ts');
    const pool = new ConnectionPool(args[0], { limit: 4 });
    const head = 'GET / HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n';
    const answers = await Promise.all([1, 2, 3].map(() => pool.request({ method: 'GET', head })));
    console.log(answers.map(({ body }) => body.toString()).join());`,
    { args: [server.origin] },
  );
  assert.deepEqual([code, stdout, stderr], [0, 'hello,hello,hello\n', '']);
});

test('a request under way keeps the process until it is answered', async (t) => {
  const server = await useRawServer(t, async (peer) => {
    for (let request = await peer.request(); request; request = await peer.request()) {
      await sleep(200);
      peer.write(OK);
    }
  });
  const { code, stdout, stderr } = await runScript(
    t,
    `const { ConnectionPool } = await load('http/connection-pool.ts');
    const pool = new ConnectionPool(args[0], { limit: 4 });
    const head = 'GET / HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n';
    pool.request({ method: 'GET', head }).then(() => {
      pool.request({ method: 'GET', head }).then(({ status }) => console.log(status));
    });`,
    { args: [server.origin] },
  );
  assert.deepEqual([code, stdout, stderr], [0, '200\n', '']);
});
