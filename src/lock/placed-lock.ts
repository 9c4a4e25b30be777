import { accessSync, constants, mkdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { type LockState, RECORD_FILES, removeLockFolder, socketAddress } from './lock-folder.ts';
import { untrustedPlace } from './places.ts';

/** Of `sockaddr_un` on macOS, which has the shortest, without the NUL. Node.js 20 cuts longer paths off and says nothing. */
const MAX_SOCKET_PATH_BYTES = 103;

/** The folder of this run's lock in one place, with the socket on which the run listens. */
export class PlacedLock {
  readonly place: string;
  readonly folder: string;
  readonly #server: Server;
  /** Connections of runs that wait for the end of this one. */
  readonly #waiting: ReadonlySet<Socket>;

  private constructor(place: string, folder: string, server: Server, waiting: ReadonlySet<Socket>) {
    this.place = place;
    this.folder = folder;
    this.#server = server;
    this.#waiting = waiting;
  }

  /** Throws why the place cannot be used. */
  static async make(place: string, name: string, record: string): Promise<PlacedLock> {
    const folder = join(place, name);
    const address = socketAddress(folder);
    if (process.platform !== 'win32' && Buffer.byteLength(address) > MAX_SOCKET_PATH_BYTES)
      throw new Error('its path is too long for a socket in it');
    // If the locks of others cannot be listed, none here is worth anything.
    accessSync(place, constants.R_OK);
    mkdirSync(folder, { mode: 0o700 });
    try {
      const untrusted = untrustedPlace(place, folder);
      if (untrusted !== undefined) throw new Error(untrusted);
      writeFileSync(join(folder, RECORD_FILES.draft), record, { flag: 'wx', mode: 0o600 });
      const waiting = new Set<Socket>();
      return new PlacedLock(place, folder, await listen(address, waiting), waiting);
    } catch (error) {
      removeLockFolder(folder);
      throw error;
    }
  }

  /** Throws the system's error if somebody has removed it. */
  change(from: LockState, to: LockState): void {
    renameSync(join(this.folder, RECORD_FILES[from]), join(this.folder, RECORD_FILES[to]));
  }

  /** Makes it young for whatever removes old temporary files. */
  touch(state: LockState): void {
    const now = new Date();
    try {
      for (const path of [this.folder, join(this.folder, RECORD_FILES[state])]) utimesSync(path, now, now);
    } catch {
      // Removed already. The lock may be in another place, too.
    }
  }

  remove(): void {
    removeLockFolder(this.folder);
    // Last: a run that waits for it looks at once.
    this.#server.close();
    for (const socket of this.#waiting) socket.destroy();
  }
}

/** Nothing is said over a connection: that there is one tells that the run lives, and its end that the lock is free. */
function listen(address: string, waiting: Set<Socket>): Promise<Server> {
  const server = createServer((socket) => {
    waiting.add(socket);
    socket.unref().resume();
    socket.on('error', () => undefined).on('close', () => waiting.delete(socket));
  });
  server.unref();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // In a worker of node:cluster the socket would be the primary's.
    server.listen({ path: address, exclusive: true }, () =>
      resolve(server.off('error', reject).on('error', () => undefined)),
    );
  });
}
