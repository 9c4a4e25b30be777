#!/usr/bin/env node
// A CommonJS module (see package.json here): Node.js 20 reads an ES module in the thread pool, whose size could then no
// longer be set.
'use strict';
const { existsSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const { isatty } = require('node:tty');
const { pathToFileURL } = require('node:url');
const { setFlagsFromString } = require('node:v8');

// While the program is loaded, the heap's young generation keeps its size. Then keepHeapSmall watches it.
setFlagsFromString('--semi-space-growth-factor=1');
// The exit code if nothing sets another one: a callback lost in a stream must not let the process end as if all were well.
process.exitCode = 1;
// The SDK's advice about Node.js versions is for developers; cron would mail it every night.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

// A signal calls the last handler of this list. The first one ends the program until a command handles signals itself: the
// system would do that, too, but not to the first process of a container, which it shields from every signal.
const handlers = [(name) => process.exit(name === 'SIGINT' ? 130 : 143)];
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, (name) => handlers.at(-1)?.(name));

// Ctrl-\ ends it at once, as without a listener, but for the core dump; the terminal gets its cursor back.
process.on('SIGQUIT', () => process.exit(131));

// SIGUSR1 asks what the program does, and so does SIGINFO (Ctrl-T), which macOS and BSD have. Without a listener, SIGUSR1 would
// make Node.js open the port of its debugger.
const answers = [() => undefined];
for (const signal of ['SIGUSR1', 'SIGINFO']) process.on(signal, () => answers.at(-1)?.());

const environment = { ...process.env };
// Where a call of the file system takes a millisecond, so many are made at one time. Node.js would make four.
process.env.UV_THREADPOOL_SIZE ??= '64';
// Requests to the store verify certificates even if this is set. The SDK's requests for credentials would not.
delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;

// Descriptors of stdin and stderr that are terminals at the start.
const terminals = [0, 2].filter((fd) => isatty(fd));

// The bundle that scripts/bundle.js makes of src/cli/main.ts.
const BUILT = join(__dirname, '../dist/bin/s3-backup.js');

function currentFolder() {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}

/** True on systems without /proc, where it is not known, and without a terminal that controls the program. */
function isForeground() {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    // The name before them, in parentheses, may hold anything.
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return group === foreground || foreground === '-1';
  } catch {
    return true;
  }
}

/** Adds a handler to a list. Returns a function that removes it. */
function pushed(list, handler) {
  list.push(handler);
  return () => {
    list.splice(list.indexOf(handler), 1);
  };
}

/** Ctrl-Z stops the program as it would without a listener, in an order that leaves the terminal to the shell as it was. */
function onSuspend({ before, after }) {
  const suspend = () => {
    before();
    // Without a listener the signal stops the process; if nobody could continue it, the system ignores the signal.
    process.off('SIGTSTP', suspend);
    process.kill(process.pid, 'SIGTSTP');
    process.on('SIGTSTP', suspend);
    after();
  };
  process.on('SIGTSTP', suspend);
  return () => process.off('SIGTSTP', suspend);
}

let isLost = false;
// The output may be incomplete (a full disk, for example), so the exit code must not say that all is well.
process.once('exit', () => {
  if (isLost && process.exitCode === 0) process.exitCode = 1;
});

// The reader of a pipe may leave early (`| head`), and so may a terminal: the run goes on.
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

async function run() {
  if (!existsSync(BUILT)) {
    process.stderr.write(`s3-backup: ${BUILT} is missing: the package is not built. Run: npm ci\n`);
    process.exit(1);
  }
  const { keepHeapSmall, main } = await import(pathToFileURL(BUILT).href);
  keepHeapSmall();

  const cwd = currentFolder();
  if (cwd === undefined) {
    process.stderr.write('s3-backup: the current folder has been deleted; change to another one first\n');
    process.exit(1);
  }
  process.exitCode = await main(process.argv.slice(2), {
    env: environment,
    cwd,
    program: { node: process.execPath, entry: __filename },
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    colorDepth: 1,
    exit: (code) => process.exit(code),
    // If a profile is given to the SDK as an option, it takes keys and region from it, but not endpoint_url.
    useProfile: (name) => {
      process.env.AWS_PROFILE = name;
    },
    isHungUp: () => terminals.some((fd) => !isatty(fd)),
    isForeground,
    onSuspend,
    onSignal: (handler) => pushed(handlers, handler),
    onInfoRequest: (handler) => pushed(answers, handler),
    atExit: (work) => {
      process.on('exit', work);
      return () => process.off('exit', work);
    },
  });
}

// Ends the process at once: without this, Node.js would first give back each page of the heap.
process.once('beforeExit', () => process.exit());

run();
