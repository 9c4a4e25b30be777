import dns, { type LookupAddress, type LookupOptions } from 'node:dns';
import type { TestContext } from 'node:test';

type Done = (error: null, address: string | LookupAddress[], family?: number) => void;

/** Has every name below `localhost` be this machine, as RFC 6761 wants it and not every resolver has it. */
export function useLocalNames(t: TestContext): void {
  const original = dns.lookup;
  const lookup = (name: string, options: LookupOptions, done: Done): void => {
    if (!name.endsWith('.localhost')) original(name, options, done as never);
    else if (options.all) setImmediate(done, null, [{ address: '127.0.0.1', family: 4 }]);
    else setImmediate(done, null, '127.0.0.1', 4);
  };
  t.mock.method(dns, 'lookup', lookup as never);
}
