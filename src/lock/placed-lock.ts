import { accessSync, constants, mkdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { type LockState, RECORD_FILES, removeLockFolder, socketAddress } from './lock-folder.ts';
import { untrustedPlace } from './places.ts';

/**
 * Longest socket path on macOS, whose limit is the lowest (`sockaddr_un`, without the NUL). Node.js 20 silently truncates
 * longer ones.
 */
const MAX_SOCKET_PATH_BYTES = 103;

/** This run's lock in one place: a folder, a record file and a listening socket. */
export class PlacedLock {
  readonly place: string;
  readonly folder: string;
  readonly #server: Server;
  /** Connections of runs that wait until this one ends. */
  readonly #waiting: ReadonlySet<Socket>;

  private constructor(place: string, folder: string, server: Server, waiting: ReadonlySet<Socket>) {
    this.place = place;
    this.folder = folder;
    this.#server = server;
    this.#waiting = waiting;
  }

  /**
   * Makes the folder, the record in state `draft` and the socket.
   *
   * @throws Error with the reason, if the place cannot be used
   */
  static async make(place: string, name: string, record: string): Promise<PlacedLock> {
    const folder = join(place, name);
    const address = socketAddress(folder);
    if (process.platform !== 'win32' && Buffer.byteLength(address) > MAX_SOCKET_PATH_BYTES)
      throw new Error('its path is too long for a socket in it');
    // A lock in a place that cannot be listed would exclude nobody: this run could not see the locks of others.
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

  /** Renames the record to another state. @throws the system's error, for example if the lock was removed */
  change(from: LockState, to: LockState): void {
    renameSync(join(this.folder, RECORD_FILES[from]), join(this.folder, RECORD_FILES[to]));
  }

  /** Renews the times of the files, so that cleaners of temporary folders leave them. */
  touch(state: LockState): void {
    const now = new Date();
    try {
      for (const path of [this.folder, join(this.folder, RECORD_FILES[state])]) utimesSync(path, now, now);
    } catch {
      // Removed by somebody. The lock may still be in another place.
    }
  }

  /** Removes the folder and closes the socket, which wakes the runs that wait. */
  remove(): void {
    removeLockFolder(this.folder);
    // Closed last: a waiting run looks at the folder at once.
    this.#server.close();
    for (const socket of this.#waiting) socket.destroy();
  }
}

/** Listens for other runs. No data is sent: an open connection means that this run lives, its end that the lock is free. */
function listen(address: string, waiting: Set<Socket>): Promise<Server> {
  const server = createServer((socket) => {
    waiting.add(socket);
    socket.unref().resume();
    socket.on('error', () => undefined).on('close', () => waiting.delete(socket));
  });
  server.unref();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // Without `exclusive` a worker of node:cluster would share the primary's socket.
    server.listen({ path: address, exclusive: true }, () =>
      resolve(server.off('error', reject).on('error', () => undefined)),
    );
  });
}
