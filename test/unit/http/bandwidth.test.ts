import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bandwidth } from '../../../src/http/bandwidth.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** A clock that goes on as soon as everybody waits for it; each call comes so much late. */
class FakeClock {
  readonly #calls: { readonly at: number; readonly call: () => void }[] = [];
  ms = 0;
  readonly #lateMs: number;

  constructor(lateMs = 0) {
    this.#lateMs = lateMs;
  }

  readonly now = () => this.ms;
  readonly after = (ms: number, call: () => void) => {
    this.#calls.push({ at: this.ms + ms + this.#lateMs, call });
  };

  /** Goes on until somebody has come to an end. */
  async until(end: Promise<unknown>): Promise<void> {
    let isOver = false;
    end.finally(() => {
      isOver = true;
    });
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (isOver) return;
      const next = this.#calls.sort((a, b) => a.at - b.at).shift();
      assert.ok(next, 'nobody waits for the clock');
      this.ms = Math.max(this.ms, next.at);
      next.call();
    }
  }
}

/** What has passed, and when. */
class Meter {
  readonly #passed: { readonly at: number; readonly bytes: number }[] = [];
  readonly #clock: FakeClock;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  count(bytes: number): void {
    this.#passed.push({ at: this.#clock.ms, bytes });
  }

  /** Bytes between two moments, in milliseconds. */
  between(from: number, to: number): number {
    return this.#passed.reduce((sum, { at, bytes }) => (at >= from && at < to ? sum + bytes : sum), 0);
  }

  /** The most that passed in any span of so many milliseconds. */
  maximumIn(ms: number): number {
    return Math.max(...this.#passed.map(({ at }) => this.between(at, at + ms)));
  }
}

/** Sends so many bytes, taking no more than so many at once. */
async function send(bandwidth: Bandwidth, bytes: number, meter: Meter, most = MIB): Promise<void> {
  for (let left = bytes; left > 0; ) {
    const taken = await bandwidth.take(Math.min(left, most));
    assert.ok(taken > 0 && taken <= left);
    meter.count(taken);
    left -= taken;
  }
}

for (const [limit, bytes] of [
  [16 * KIB, 100 * KIB],
  [MIB, 10 * MIB],
  [100 * MIB, 500 * MIB],
] as const) {
  for (const lateMs of [0, 2, 30]) {
    test(`${bytes} bytes at ${limit} a second take what they must, with timers ${lateMs} ms late`, async () => {
      const clock = new FakeClock(lateMs);
      const bandwidth = new Bandwidth(limit, clock);
      const meter = new Meter(clock);
      await clock.until(send(bandwidth, bytes, meter));
      const expected = (bytes / limit) * 1000;
      assert.ok(Math.abs(clock.ms - expected) < 100, `${clock.ms} ms, not ${expected}`);
      assert.ok(meter.maximumIn(1000) <= 1.15 * limit + KIB, String(meter.maximumIn(1000)));
      assert.ok(meter.maximumIn(4000) <= 1.05 * 4 * limit, String(meter.maximumIn(4000)));
    });
  }
}

test('many who send at once share the limit evenly, and each has its turn within a short time', async () => {
  const clock = new FakeClock();
  const bandwidth = new Bandwidth(MIB, clock);
  const meters = Array.from({ length: 16 }, () => new Meter(clock));
  await clock.until(Promise.all(meters.map((meter) => send(bandwidth, MIB, meter))));
  assert.ok(Math.abs(clock.ms - 16_000) < 100, String(clock.ms));
  for (const meter of meters) {
    for (let from = 0; from < 14_000; from += 1000) {
      const bytes = meter.between(from, from + 1000);
      assert.ok(bytes > 0.5 * (MIB / 16) && bytes < 2 * (MIB / 16), String(bytes));
    }
  }
});

test('a changed limit applies at once, up and down, and so does its removal', async () => {
  const clock = new FakeClock();
  const limitAt = (ms: number) => (ms < 2000 ? 100 * MIB : ms < 4000 ? 32 * KIB : ms < 6000 ? MIB : Infinity);
  const bandwidth = new Bandwidth(() => limitAt(clock.ms), clock);
  const meter = new Meter(clock);
  await clock.until(send(bandwidth, 1000 * MIB, meter));
  const rates = [0, 2100, 4100].map((from) => meter.between(from, from + 1900) / 1.9);
  for (const [index, limit] of [100 * MIB, 32 * KIB, MIB].entries()) {
    const rate = rates[index] ?? 0;
    assert.ok(Math.abs(rate / limit - 1) < 0.05, `${rate} instead of ${limit}`);
  }
  assert.ok(clock.ms < 6100, String(clock.ms));
});

test('a pause is not caught up later', async () => {
  const clock = new FakeClock();
  const bandwidth = new Bandwidth(MIB, clock);
  const meter = new Meter(clock);
  clock.ms = 60_000;
  await clock.until(send(bandwidth, 5 * MIB, meter));
  assert.ok(clock.ms - 60_000 > 4_900, String(clock.ms));
});

test('a reader is delayed as long as the limit requires', async () => {
  const clock = new FakeClock();
  const bandwidth = new Bandwidth(MIB, clock);
  await clock.until(bandwidth.delayRead(3 * MIB));
  assert.ok(Math.abs(clock.ms - 3000) < 60, String(clock.ms));
});

test('after close nobody waits', async () => {
  const bandwidth = new Bandwidth(16 * KIB);
  const waiting = Promise.all(Array.from({ length: 1000 }, () => bandwidth.take(MIB)));
  bandwidth.close();
  const sizes = await waiting;
  assert.ok(sizes.filter((size) => size === MIB).length >= 999);
});

test('without a limit everything passes at once, in one piece', async () => {
  const clock = new FakeClock();
  const bandwidth = new Bandwidth(Number.POSITIVE_INFINITY, clock);
  assert.equal(bandwidth.isLimited, false);
  assert.equal(await bandwidth.take(MIB), MIB);
  assert.equal(clock.ms, 0);
});
