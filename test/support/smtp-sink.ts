import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

/** A mail as a server got it. */
export interface SunkMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Header and body, with `\n` at the ends of lines. */
  readonly text: string;
}

/** Starts an SMTP server that keeps every mail, for one test. It knows what a client without TLS and sign-in says. */
export async function useSmtpSink(
  t: TestContext,
): Promise<{ readonly port: number; readonly mails: SunkMail[] }> {
  const mails: SunkMail[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    talk(socket, (mail) => mails.push(mail));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, mails };
}

function talk(socket: Socket, onMail: (mail: SunkMail) => void): void {
  let rest = '';
  let from = '';
  let to: string[] = [];
  let data: string[] | undefined;
  const say = (line: string) => socket.write(`${line}\r\n`);
  const onLine = (line: string) => {
    if (data && line === '.') {
      onMail({ from, to, text: `${data.join('\n')}\n` });
      [data, to] = [undefined, []];
      say('250 kept');
    } else if (data) data.push(line.startsWith('.') ? line.slice(1) : line);
    else if (/^MAIL FROM:/i.test(line)) {
      from = addressIn(line);
      say('250 ok');
    } else if (/^RCPT TO:/i.test(line)) {
      to.push(addressIn(line));
      say('250 ok');
    } else if (/^DATA/i.test(line)) {
      data = [];
      say('354 go on');
    } else if (/^QUIT/i.test(line)) {
      say('221 bye');
      socket.end();
    } else say('250 ok');
  };
  say('220 sink');
  socket.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\r\n');
    rest = lines.pop() ?? '';
    lines.forEach(onLine);
  });
}

function addressIn(line: string): string {
  return /<(.*?)>/.exec(line)?.[1] ?? '';
}
