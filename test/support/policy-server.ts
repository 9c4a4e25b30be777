import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import type { S3Server } from '../../src/s3-server/index.ts';
import { type Action, actionsOf } from './s3-actions.ts';

export interface Statement {
  readonly Sid: string;
  readonly Action: readonly string[];
  readonly Resource: string;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

export interface PolicyServer {
  readonly endpoint: string;
  /** `Sid action` of what was allowed. */
  readonly used: ReadonlySet<string>;
  /** What was refused: action and resource. */
  readonly denied: readonly string[];
}

/** Stands before an S3 server and refuses all that the statements do not allow, as IAM does. */
export async function usePolicyServer(
  t: TestContext,
  behind: S3Server,
  statements: readonly Statement[],
): Promise<PolicyServer> {
  const used = new Set<string>();
  const denied: string[] = [];
  const server = createServer((incoming, answer) => {
    const refused = actionsOf(incoming).filter((action) => {
      const statement = statements.find((each) => allows(each, action));
      if (statement) used.add(`${statement.Sid} ${action.name}`);
      return statement === undefined;
    });
    denied.push(...refused.map(({ name, resource }) => `${name} ${resource}`));
    if (refused.length === 0) forward(behind, incoming, answer);
    else refuse(incoming, answer);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, used, denied };
}

function allows({ Action, Resource, Condition = {} }: Statement, action: Action): boolean {
  return (
    Action.includes(action.name) &&
    isLike(action.resource, Resource) &&
    Object.entries(Condition).every(([operator, keys]) =>
      Object.entries(keys).every(([key, wanted]) => holds(operator, action.context[key], [wanted].flat())),
    )
  );
}

function holds(operator: string, value: string | undefined, wanted: readonly string[]): boolean {
  if (operator === 'Null') return wanted.includes(String(value === undefined));
  if (operator === 'Bool') return value !== undefined && wanted.includes(value);
  if (operator === 'StringLike') return wanted.some((pattern) => isLike(value ?? '', pattern));
  throw new Error(`the condition operator ${operator} is not known here`);
}

/** Only `*`, at the end. */
function isLike(value: string, pattern: string): boolean {
  return pattern.endsWith('*') ? value.startsWith(pattern.slice(0, -1)) : value === pattern;
}

/** Passes a request on; the host header stays as it was signed. */
export function forward(behind: S3Server, incoming: IncomingMessage, answer: ServerResponse): void {
  const { hostname, port } = new URL(behind.endpoint);
  const { method, url: path, rawHeaders } = incoming;
  const onward = request({ hostname, port, method, path, headers: rawHeaders as never }, (back) => {
    answer.writeHead(back.statusCode ?? 500, back.rawHeaders as never);
    back.pipe(answer);
  });
  onward.on('error', () => answer.destroy());
  incoming.pipe(onward);
}

function refuse(incoming: IncomingMessage, answer: ServerResponse): void {
  incoming.resume();
  incoming.once('end', () => {
    answer.writeHead(403, { 'content-type': 'application/xml' });
    answer.end(
      incoming.method === 'HEAD' ? '' : '<Error><Code>AccessDenied</Code><Message>no</Message></Error>',
    );
  });
}
