#!/usr/bin/env node
import { existsSync } from 'node:fs';
import process from 'node:process';
import { isatty } from 'node:tty';
import { fileURLToPath } from 'node:url';

// Until something says otherwise: a callback lost in a stream would let the process end as if all were well.
process.exitCode = 1;
// The SDK's advice about Node.js versions is for developers; cron would mail it every night.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

// The latest of them is called. The first ends the program while no command has taken the signals for itself: the system would
// do that, too, but not to the first process of a container, which it shields from every signal.
const handlers = [(name) => process.exit(name === 'SIGINT' ? 130 : 143)];
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, (name) => handlers.at(-1)?.(name));

const environment = { ...process.env };
// Requests to the store verify certificates whatever it says; the SDK's, where credentials come from, would not.
delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;

// Of stdin and stderr, as they are at the start.
const terminals = [0, 2].filter((fd) => isatty(fd));

const BUILT = new URL('../dist/bin/s3-backup.js', import.meta.url);
if (!existsSync(BUILT)) {
  process.stderr.write(
    `s3-backup: ${fileURLToPath(BUILT)} is missing: the package is not built. Run: npm ci\n`,
  );
  process.exit(1);
}
const { main } = await import(BUILT.href);

const cwd = currentFolder();
if (cwd === undefined) {
  process.stderr.write('s3-backup: the current folder has been deleted; change to another one first\n');
  process.exit(1);
}

function currentFolder() {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}

let isLost = false;
// A full disk, for one: whoever reads what was written must not take it for all.
process.once('exit', () => {
  if (isLost && process.exitCode === 0) process.exitCode = 1;
});

// The reader of a pipe may leave early (`| head`), and so may a terminal; that is no reason to break off in the middle.
for (const [name, stream] of [
  ['stdout', process.stdout],
  ['stderr', process.stderr],
]) {
  stream.on('error', (error) => {
    const isGone = error.code === 'EPIPE' || (error.code === 'EIO' && stream.isTTY);
    if (isGone || isLost) return;
    isLost = true;
    process.stderr.write(`s3-backup: cannot write to ${name}: ${error.message}\n`);
  });
}

process.exitCode = await main(process.argv.slice(2), {
  env: environment,
  cwd,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  colorDepth: 1,
  exit: (code) => process.exit(code),
  // Of a profile that is only named to it the SDK takes the keys and the region, but not endpoint_url.
  useProfile: (name) => {
    process.env.AWS_PROFILE = name;
  },
  isHungUp: () => terminals.some((fd) => !isatty(fd)),
  onSignal: (handler) => {
    handlers.push(handler);
    return () => {
      handlers.splice(handlers.indexOf(handler), 1);
    };
  },
});

// Nothing is left to do. The end would come by itself as well, after each page of the heap was given back.
process.once('beforeExit', () => process.exit());
