import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mailText } from '../../../../src/cli/notify/mail.ts';

const TO = ['admin@example.com', 'root'];

function partsOf(mail: string) {
  const end = mail.indexOf('\n\n');
  const lines = mail.slice(0, end).replace(/\n /g, ' ').split('\n');
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  );
  return { lines, headers, body: mail.slice(end + 2) };
}

/** Decodes a header as RFC 2047 says: white space between two encoded words does not count. */
function decoded(header: string): string {
  return header
    .replace(/\?= =\?/g, '?==?')
    .replace(/=\?UTF-8\?B\?([A-Za-z0-9+/=]*)\?=/g, (_, text) => Buffer.from(text, 'base64').toString());
}

test('a plain mail is readable as it is', () => {
  const mail = mailText({ to: TO, from: 'backup@example.com', subject: 'failed', text: 'one\ntwo\n' });
  const { headers, body } = partsOf(mail);
  assert.deepEqual(
    { ...headers, Date: 0 },
    {
      From: 'backup@example.com',
      To: 'admin@example.com, root',
      Subject: 'failed',
      Date: 0,
      'Auto-Submitted': 'auto-generated',
      'MIME-Version': '1.0',
      'Content-Type': 'text/plain; charset=utf-8',
      'Content-Transfer-Encoding': '7bit',
    },
  );
  assert.match(headers.Date ?? '', /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000$/);
  assert.equal(body, 'one\ntwo\n');
});

test('whatever the subject and the text are, there is no other header, and both can be read back', () => {
  const text = fc.string({ unit: fc.constantFrom(...'a: =?\n\r\té€😀\0.', 'Bcc: x@y\n'), maxLength: 300 });
  fc.assert(
    fc.property(text, text, (subject, body) => {
      const parts = partsOf(mailText({ to: TO, from: undefined, subject, text: body }));
      assert.equal(parts.lines.length, 7);
      assert.equal(decoded(parts.headers.Subject ?? ''), subject);
      const isEncoded = parts.headers['Content-Transfer-Encoding'] === 'base64';
      const read = isEncoded ? Buffer.from(parts.body, 'base64').toString() : parts.body;
      assert.equal(read.replace(/\n$/, ''), body.replace(/\n$/, ''));
      assert.match(parts.body, isEncoded ? /^[A-Za-z0-9+/=\n]*$/ : /^[\n\x20-\x7e]*$/);
    }),
    { numRuns: 300 },
  );
});
