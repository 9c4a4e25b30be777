import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { Signer } from '../../src/s3/signed-http/sigv4.ts';
import type { S3Server } from '../../src/s3-server/index.ts';

/**
 * An HTTP proxy before the embedded endpoint that refuses session tokens as S3 does where they have expired. The endpoint
 * knows none, so what is passed on is signed anew without one.
 */
export class TokenGate {
  readonly port: number;
  /** Decides by the token of a request. */
  isGood: (token: string) => boolean = () => true;
  /** Tokens as they came, each once. */
  readonly tokens = new Set<string>();
  refused = 0;

  constructor(port: number) {
    this.port = port;
  }
}

export async function useTokenGate(t: TestContext, endpoint: S3Server): Promise<TokenGate> {
  const server = createServer((incoming, outgoing) => {
    const token = String(incoming.headers['x-amz-security-token'] ?? '');
    gate.tokens.add(token);
    if (gate.isGood(token)) forward(incoming, outgoing, endpoint);
    else refuse(incoming, outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const gate = new TokenGate((server.address() as AddressInfo).port);
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const refuse = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    gate.refused += 1;
    incoming.resume().on('end', () => {
      outgoing.writeHead(400, { 'content-type': 'application/xml' });
      outgoing.end(
        '<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>',
      );
    });
  };
  return gate;
}

function forward(incoming: IncomingMessage, outgoing: ServerResponse, endpoint: S3Server): void {
  const { method = '', url = '', headers: given } = incoming;
  const [path = '', query = ''] = url.split('?');
  const { authorization, 'x-amz-security-token': token, ...rest } = given;
  const headers = rest as Record<string, string>;
  const signed = Object.fromEntries(
    Object.entries(headers).filter(([name]) => /^(host|content-md5|x-amz-.*)$/.test(name)),
  );
  const { 'x-amz-content-sha256': payloadHash = '', 'x-amz-date': date = '' } = signed;
  headers.authorization = new Signer(endpoint.region).sign(
    { method, path, query: query.split('&').map(withValue).sort().join('&'), headers: signed, payloadHash },
    endpoint,
    date,
  );
  const onward = request({ host: '127.0.0.1', port: endpoint.port, method, path: url, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  onward.on('error', () => outgoing.destroy());
  incoming.pipe(onward);
}

function withValue(parameter: string): string {
  return parameter === '' || parameter.includes('=') ? parameter : `${parameter}=`;
}
