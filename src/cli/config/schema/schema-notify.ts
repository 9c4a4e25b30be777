import * as v from 'valibot';
import { CLI_DEFAULTS } from '../../../core/defaults.ts';
import { FormError } from '../parse/form-error.ts';
import { parseCommand } from '../parse/parse-command.ts';
import { parseUrl } from '../parse/parse-url.ts';
import { NOTIFY_WHEN, parseWebhooks } from '../parse/parse-webhooks.ts';
import { info } from './setting-info.ts';
import { orOff, readWith, texts } from './value-types.ts';

const WHEN = NOTIFY_WHEN.join(', ');

/** Settings about who is told how a run ended. */
export const notifySchema = v.strictObject({
  ping_url: v.pipe(
    v.optional(orOff(parseUrl)),
    info({
      kind: 'url',
      about:
        'Ping this URL by the protocol of healthchecks.io when run and put begin (URL/start) and end: URL, or URL/EXITCODE. A\n' +
        'check that gets no ping in time raises the alarm, so this notices runs that never began. Never in a dry run.',
      allowed: 'http:// or https:// URL; or off',
      example: 'https://hc-ping.com/123e4567-e89b-12d3-a456-426614174000',
    }),
  ),
  on: v.pipe(
    v.optional(v.picklist(NOTIFY_WHEN, WHEN), CLI_DEFAULTS.notifyOn),
    info({
      kind: 'text',
      about:
        'When webhooks and e-mail are sent. failure: if the exit code is not 0; change: if the run ended otherwise than the\n' +
        'last one (success, partial, limit, failure, stopped).',
      allowed: WHEN,
    }),
  ),
  webhooks: v.pipe(
    v.optional(readWith(parseWebhooks), []),
    info({
      kind: 'webhooks',
      about:
        'Send a POST request when run and put have ended: with a JSON object, or with a body of your own, in which {{title}},\n' +
        '{{text}} and others are replaced. docs/notify.md has recipes for ntfy, Slack, Teams and Discord.',
      allowed: `list of URLs, or of maps: url, on (${WHEN}), headers, body`,
    }),
  ),
  email: v.pipe(
    v.optional(texts('a list of addresses, such as admin@example.com or root', address), []),
    info({
      kind: 'list',
      about: 'Mail these addresses when run and put have ended, by the sendmail of this machine.',
      allowed: 'list of addresses',
    }),
  ),
  email_from: v.pipe(
    v.optional(readWith(address)),
    info({
      kind: 'text',
      about: 'Sender of the mail. Without it sendmail names the user.',
      allowed: 'address',
      example: 'backup@example.com',
    }),
  ),
  sendmail: v.pipe(
    v.optional(readWith(parseCommand), [...CLI_DEFAULTS.sendmail]),
    info({
      kind: 'command',
      about: 'The program that takes the mail, called with -t -i.',
      allowed: 'path, or list of a program and its arguments',
    }),
  ),
});

/** An address without a name: nothing in it can begin a header, or name another address. */
const ADDRESS = /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}(?:@[A-Za-z0-9.-]{1,255}|@\[[0-9A-Fa-f.:]+\])?$/;

function address(value: unknown): string {
  if (typeof value === 'string' && ADDRESS.test(value) && !value.startsWith('-')) return value;
  throw new FormError('an address, such as admin@example.com or root');
}
