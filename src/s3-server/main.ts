/**
 * Runs the endpoint as a program of its own, for experiments. Not for production.
 *
 *     npm run s3-server -- --port 9000 --dir ./s3-data --access-key KEY --secret-key SECRET
 *
 * Prints one line with the endpoint's URL when it is ready. Without `--access-key` and `--secret-key` it makes a random key pair
 * for this start and prints it in two more lines. Ends on SIGTERM and SIGINT.
 */
import { parseArgs } from 'node:util';
import { type S3Server, type S3ServerOptions, startS3Server } from './server.ts';

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new Error(`--port must be a number from 0 to 65535, not '${text}'`);
  return port;
}

/** Checks the flags of the key pair: both must be given, or neither. */
function parseKeys(
  accessKeyId?: string,
  secretAccessKey?: string,
): Pick<S3ServerOptions, 'accessKeyId' | 'secretAccessKey'> {
  if (accessKeyId === undefined && secretAccessKey === undefined) return {};
  if (!accessKeyId || !secretAccessKey)
    throw new Error(
      '--access-key and --secret-key belong together: give both, or none to have a random pair',
    );
  return { accessKeyId, secretAccessKey };
}

function parseOptions(argv: readonly string[]): S3ServerOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      port: { type: 'string' },
      host: { type: 'string' },
      dir: { type: 'string' },
      'access-key': { type: 'string' },
      'secret-key': { type: 'string' },
      region: { type: 'string' },
      bucket: { type: 'string', multiple: true },
    },
  });
  if (!values.dir) throw new Error('--dir is missing: the folder to store objects in');
  return {
    directory: values.dir,
    buckets: values.bucket ?? [],
    ...(values.port !== undefined && { port: parsePort(values.port) }),
    ...(values.host !== undefined && { host: values.host }),
    ...parseKeys(values['access-key'], values['secret-key']),
    ...(values.region !== undefined && { region: values.region }),
  };
}

const USAGE = `Usage: npm run s3-server -- --dir DIR [--port N] [--host 127.0.0.1] [--bucket NAME ...]
         [--access-key K --secret-key S] [--region us-east-1]
Without keys a random pair is made for this start and printed.
`;

function keyLines({ accessKeyId, secretAccessKey }: S3Server): string {
  return `Access key:  ${accessKeyId}\nSecret key:  ${secretAccessKey}\n`;
}

async function main(): Promise<void> {
  if (process.argv.includes('--help')) {
    process.stdout.write(USAGE);
    return;
  }
  const options = parseOptions(process.argv.slice(2));
  const server = await startS3Server(options);
  process.stdout.write(
    `S3 endpoint: ${server.endpoint}\n${options.accessKeyId === undefined ? keyLines(server) : ''}`,
  );
  const end = () => void server.close();
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
}

main().catch((error: unknown) => {
  process.stderr.write(`s3-server: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
