import { type TestContext, test } from 'node:test';
import { Store, type StoreOptions } from '../../../../src/s3/store.ts';
import type { S3ServerOptions } from '../../../../src/s3-server/index.ts';
import { type Capability, whyLacking } from './capabilities.ts';
import { REAL_ENDPOINT, type Target, useTarget } from './target.ts';

// As bin/ does: the SDK would print its advice about Node.js versions.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

/** Every way to the store, by its name in titles. */
export const TRANSPORTS = { 'signed-http': 'auto', sdk: 'sdk' } as const;
export type TransportName = keyof typeof TRANSPORTS;

/** What one test of the contract works with. */
export interface Bench {
  readonly t: TestContext;
  readonly target: Target;
  readonly transport: TransportName;
  /** A store of this transport; it is closed after the test. */
  readonly store: (more?: Partial<StoreOptions>) => Store;
}

export interface ContractNeeds {
  /** What the store must be able to do; where a real one is not, the test is skipped and says so. */
  readonly needs?: Capability;
  /** Why only the embedded endpoint can be used. */
  readonly embeddedOnly?: string;
  /** How the embedded endpoint is started. */
  readonly server?: Partial<S3ServerOptions>;
}

/** Tests one sentence of the contract, by each transport, with a bucket of its own each time. */
export function contract(title: string, needs: ContractNeeds, run: (bench: Bench) => Promise<void>): void {
  for (const transport of Object.keys(TRANSPORTS) as TransportName[]) {
    test(`${title} (${transport})`, async (t) => {
      if (needs.embeddedOnly !== undefined && REAL_ENDPOINT !== undefined) {
        t.skip(`on the embedded endpoint only: ${needs.embeddedOnly}`);
        return;
      }
      const target = await useTarget(t, needs.server);
      const lacking = needs.needs && (await whyLacking(target, needs.needs));
      if (lacking !== undefined) {
        t.skip(lacking);
        return;
      }
      // What is random of the wait before another try is no wait then.
      if (target.server !== undefined) t.mock.method(Math, 'random', () => 0);
      await run({ t, target, transport, store: (more) => useStore(t, target, transport, more) });
    });
  }
}

/** A store of one transport; it is closed after the test. */
export function useStore(
  t: TestContext,
  target: Target,
  transport: TransportName,
  more: Partial<StoreOptions> = {},
): Store {
  const store = new Store({ ...target.options, transport: TRANSPORTS[transport], ...more });
  t.after(() => store.close());
  return store;
}
