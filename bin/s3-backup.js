#!/usr/bin/env node
import process from 'node:process';

// Until something says otherwise: a callback lost in a stream would let the process end as if all were well.
process.exitCode = 1;
// The SDK's advice about Node.js versions is for developers; cron would mail it every night.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const { main } = await import('../dist/s3-backup.js');

// The reader of a pipe may leave early (`| head`); that is no reason to stop in the middle of a backup.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

process.exitCode = await main(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  colorDepth: 1,
  exit: (code) => process.exit(code),
  onSignal: (handler) => {
    process.on('SIGINT', handler);
    process.on('SIGTERM', handler);
    return () => {
      process.off('SIGINT', handler);
      process.off('SIGTERM', handler);
    };
  },
});
