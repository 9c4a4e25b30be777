/**
 * For `node --import`: every name that ends in `.test` is 127.0.0.1, and is not found while the file exists that the
 * environment variable DNS_FAILS_WHILE names; such look-ups are counted in the file, a byte each.
 */
import dns from 'node:dns';
import { appendFileSync, existsSync } from 'node:fs';

const { lookup } = dns;
const flag = process.env.DNS_FAILS_WHILE;

dns.lookup = (name, options, callback) => {
  if (!name.endsWith('.test')) return lookup(name, options, callback);
  if (existsSync(flag)) {
    appendFileSync(flag, '.');
    const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), {
      code: 'ENOTFOUND',
      syscall: 'getaddrinfo',
    });
    process.nextTick(callback, error);
  } else if (options.all) process.nextTick(callback, null, [{ address: '127.0.0.1', family: 4 }]);
  else process.nextTick(callback, null, '127.0.0.1', 4);
};
